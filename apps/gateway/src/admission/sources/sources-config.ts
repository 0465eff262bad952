import { parseRate } from '../rate.ts';
import type { EarnRule, SourceLimits } from './source-entry.ts';

type Mode = 'enforce' | 'observe' | 'off';

/** Limits as people write them. */
interface LimitsConfig {
  readonly mode: Mode;
  /** Such as `"50/s"`. */
  readonly rate: string;
  readonly burst: number;
  readonly connections: number;
  readonly unauthenticated: number;
}

/** The section `sources` of the configuration. */
export interface SourcesConfig {
  readonly address: LimitsConfig & { readonly tlsHandshakes: number };
  readonly prefix: LimitsConfig & { readonly ipv4Bits: number; readonly ipv6Bits: number };
  readonly node: { readonly mode: Mode; readonly tlsHandshakes: number };
  readonly earned: EarnRule;
  readonly maxIdle: number;
}

/** Limits of a scope as they are asked. */
export interface ScopeLimits extends SourceLimits {
  readonly mode: Mode;
}

export function limitsOf({
  mode,
  rate,
  burst,
  ...counts
}: LimitsConfig & { tlsHandshakes?: number }): ScopeLimits {
  const { connections, unauthenticated, tlsHandshakes = Infinity } = counts;
  return { mode, perSecond: parseRate(rate) ?? Infinity, burst, connections, unauthenticated, tlsHandshakes };
}
