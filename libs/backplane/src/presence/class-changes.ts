import type { ServiceClass } from '@tributary/protocol';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';
import { defaultHistoryLength, eventsMaxLength, recordKeys } from './device-keys.ts';

/** A connected device is of another service class. */
export interface ClassChange {
  readonly clientId: string;
  /** Of its connection. */
  readonly nonce: string;
  readonly class: ServiceClass;
  readonly previousClass: ServiceClass;
  /** `topic`, `command`, `watched`: what raised it; `over`: nothing does any more; `rules`: other rules. */
  readonly cause: string;
}

/**
 * Tells changes of class of devices of one partition; see scripts/tell-classes.lua. `now` in Unix ms.
 * @returns how many of them still speak for their device, and were told
 */
export async function tellClasses(
  redis: Redis,
  keys: Keys,
  partition: number,
  node: string,
  now: number,
  changes: readonly ClassChange[],
  historyLength = defaultHistoryLength,
): Promise<number> {
  return (await runScript(redis, scripts.tellClasses, recordKeys(keys, partition, changes), [
    node,
    now,
    eventsMaxLength,
    historyLength,
    ...changes.flatMap((change) => [
      change.clientId,
      change.nonce,
      change.class,
      change.previousClass,
      change.cause,
    ]),
  ])) as number;
}
