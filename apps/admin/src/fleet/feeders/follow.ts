import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { blockMs } from '../../redis/connect.ts';

const maxEntries = 1000;
/** Longest stretch of work on what was read: after a pause there may be a second's worth of it. */
const turnMs = 10;

export type Fields = ReadonlyMap<string, string>;
export type OnEntry = (stream: string, id: string, fields: Fields) => void;

/**
 * Follows streams until it is aborted: one blocking XREAD over all of them, no groups. `positions` holds the last id read
 * of each stream; it is kept up to date, and streams may be added to it or taken away at any time.
 * @throws when Redis does not answer.
 */
export async function follow(
  redis: Redis,
  positions: Map<string, string>,
  onEntry: OnEntry,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if (positions.size === 0) {
      await pause(200, signal);
      continue;
    }
    const streams = [...positions.keys()];
    const ids = [...positions.values()];
    const reply = await redis.xread('COUNT', maxEntries, 'BLOCK', blockMs, 'STREAMS', ...streams, ...ids);
    let since = performance.now();
    for (const [stream, entries] of reply ?? []) {
      for (const [id, flat] of entries) {
        if (signal.aborted) return;
        if (positions.has(stream)) positions.set(stream, id);
        onEntry(stream, id, toFields(flat));
        if (performance.now() - since < turnMs) continue;
        await setImmediate();
        since = performance.now();
      }
    }
  }
}

/** The id of a stream's last entry; `0-0` when it is empty or absent. */
export async function lastId(redis: Redis, stream: string): Promise<string> {
  return (await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0';
}

/** Waits, or stops waiting when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

function toFields(flat: readonly string[]): Fields {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
  return fields;
}
