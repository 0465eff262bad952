import { isDeepStrictEqual } from 'node:util';
import type { GatewayConfig } from '../config/config.ts';

/** Whether any of these sections differs between two configurations. */
export type IsChanged = (...sections: readonly (keyof GatewayConfig)[]) => boolean;

/** Compares two configurations section by section: who has nothing new is left alone. */
export function changedSections(previous: GatewayConfig, next: GatewayConfig): IsChanged {
  return (...sections) => sections.some((section) => !isDeepStrictEqual(previous[section], next[section]));
}
