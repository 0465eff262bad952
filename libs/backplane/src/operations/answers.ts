import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap, wholeNumber } from '../records/entry-map.ts';

/** How many answers are kept, about: far more than come while an operator waits. */
const answersMaxLength = 10_000;
const readCount = 500;
/** Longer words about an outcome are cut off, characters. */
const maxDetailLength = 256;

/**
 * What became of an order. `disconnected`: the connection is ended. `not-here`: no such connection on that node.
 * `superseded`: the device has a newer connection than the one meant. `expired`: read too late, nothing done. `applied`: the node acts by
 * the new bans, traces or credentials. `failed`: it could not, see `detail`.
 */
export const orderOutcomes = [
  'disconnected',
  'not-here',
  'superseded',
  'expired',
  'applied',
  'failed',
] as const;
export type OrderOutcome = (typeof orderOutcomes)[number];

/** A node's answer to an order. */
export interface Answer {
  readonly op: string;
  /** `id.incarnation`. */
  readonly node: string;
  /** Empty where the order was about no single device. */
  readonly device: string;
  readonly outcome: OrderOutcome;
  /** More about it: how many connections a ban ended, why something failed. */
  readonly detail: string;
  /** Unix ms by the node's clock. */
  readonly ts: number;
}

/** Writes answers, all in one round trip. @throws when Redis did not take one of them */
export async function writeAnswers(redis: Redis, keys: Keys, answers: readonly Answer[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const answer of answers) {
    const fields = Object.entries(answer).flat().map(String);
    pipeline.xadd(keys.answers, 'MAXLEN', '~', answersMaxLength, '*', ...fields);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/**
 * Waits for answers. Blocks its connection, so it needs one of its own.
 * @returns those after the entry `after`, and the new last id; none after `blockMs`
 */
export async function readAnswers(
  redis: Redis,
  keys: Keys,
  after: string,
  blockMs: number,
): Promise<{ answers: Answer[]; last: string }> {
  const reply = await redis.xread('COUNT', readCount, 'BLOCK', blockMs, 'STREAMS', keys.answers, after);
  const entries = reply?.[0]?.[1] ?? [];
  const answers = entries.flatMap(([, fields]) => parseAnswer(entryMap(fields)) ?? []);
  return { answers, last: entries.at(-1)?.[0] ?? after };
}

function parseAnswer(fields: ReadonlyMap<string, string>): Answer | undefined {
  const outcome = orderOutcomes.find((name) => name === fields.get('outcome'));
  const op = fields.get('op') ?? '';
  const node = fields.get('node') ?? '';
  if (outcome === undefined || op === '' || node === '') return undefined;
  const ts = wholeNumber(fields.get('ts')) ?? 0;
  const detail = (fields.get('detail') ?? '').slice(0, maxDetailLength);
  return { op, node, device: fields.get('device') ?? '', outcome, detail, ts };
}
