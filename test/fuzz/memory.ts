import { setTimeout as wait } from 'node:timers/promises';
import type { Gateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { Failure } from './failure.ts';
import type { LogWatch } from './log-watch.ts';

/** Bytes in use when all garbage is gone: the least of three looks, since a timer's work may lie in one. */
export async function bytesInUse(gateway: Gateway, log: LogWatch): Promise<number> {
  const looks: number[] = [];
  for (let n = 0; n < 3; n++) {
    gateway.process.signal('SIGUSR2');
    looks.push(await until('the garbage to be collected', () => log.takeCollected()));
    await wait(20); // between looks: it is time that must pass
  }
  return Math.min(...looks);
}

/**
 * Memory in use that may come on top of what stood after the warm-up: code the engine compiles, and what each case may
 * leave, since the node remembers the identities of its last 50,000 messages on purpose.
 */
export const growthBytes = (cases: number): number => 4 * 1024 * 1024 + 256 * Math.min(cases, 32_000);
/** The same for the resident set, which holds freed pages too and so says less. */
export const residentGrowthBytes = 128 * 1024 * 1024;

export interface Memory {
  readonly inUse: number;
  readonly resident: number;
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

export const memoryToText = ({ inUse, resident }: Memory): string =>
  `${mib(inUse)} in use, ${mib(resident)} resident`;

/** @throws Failure `memory` when more has stayed since the warm-up, `cases` ago, than the bounds above */
export function checkGrowth(warm: Memory, now: Memory, cases: number): void {
  const isMore =
    now.inUse > warm.inUse + growthBytes(cases) || now.resident > warm.resident + residentGrowthBytes;
  if (isMore) throw new Failure('memory', `from ${memoryToText(warm)} to ${memoryToText(now)}`);
}
