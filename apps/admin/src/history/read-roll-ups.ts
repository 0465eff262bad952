import type { Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { parseRollUp, type RollUpEntry } from './roll-up-entry.ts';
import type { Span } from './span.ts';

/** Entries of one reply: about 350 kB, parsed in 5 ms, so that nobody waits for long in between. */
const pageEntries = 500;
/** No answer reads more, whatever was asked: 30 days of 50 nodes. */
export const maxEntries = 250_000;
/** Clocks of nodes and of Redis may differ by so much, and an entry may come so late. */
const slackMs = 60_000;

/**
 * Reads what the nodes wrote of a span, page by page, oldest first.
 * @returns false when there was more than may be read, so that the newest is missing
 * @throws when Redis does not answer
 */
export async function readRollUps(
  redis: Redis,
  keys: Keys,
  span: Span,
  onEntry: (entry: RollUpEntry) => void,
): Promise<boolean> {
  const end = `${span.to + span.slotMs + slackMs}`;
  let begin = `${Math.max(0, span.from - slackMs)}`;
  for (let read = 0; read < maxEntries;) {
    const page = await redis.xrange(keys.rollUps(span.source), begin, end, 'COUNT', pageEntries);
    for (const [, flat] of page) {
      const entry = parseRollUp(toFields(flat));
      if (entry !== undefined && entry.at >= span.from && entry.at < span.to) onEntry(entry);
    }
    if (page.length < pageEntries) return true;
    read += page.length;
    begin = `(${page.at(-1)![0]}`;
  }
  return false;
}

function toFields(flat: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
  return fields;
}
