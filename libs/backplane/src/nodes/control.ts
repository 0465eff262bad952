import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap, wholeNumber } from '../records/entry-map.ts';
import { type Order, messageFields, parseOrder } from '../operations/orders.ts';

/** What a node is asked through its control inbox: by another node, or by an operator. */
export type ControlMessage =
  | Order
  /** `device` was claimed with `epoch`: close what you hold of it below that, and say so to `node`. */
  | { readonly type: 'takeover'; readonly device: string; readonly epoch: number; readonly node: string }
  /** The answer: nothing of `device` below `epoch` is alive or unwritten here any more. */
  | { readonly type: 'yielded'; readonly device: string; readonly epoch: number; readonly node: string };

const controlMaxLength = 10_000;
/** A node that died before it was reaped must not leave its inbox for ever. */
const controlSeconds = 3600;

/** Puts a message into a node's control inbox. */
export async function sendControl(
  redis: Redis,
  keys: Keys,
  to: string,
  message: ControlMessage,
): Promise<void> {
  await sendControls(redis, keys, [{ to, message }]);
}

/** Puts messages into control inboxes, all in one round trip. @throws when Redis did not take one of them */
export async function sendControls(
  redis: Redis,
  keys: Keys,
  messages: readonly { readonly to: string; readonly message: ControlMessage }[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { to, message } of messages) {
    pipeline.xadd(keys.nodeControl(to), 'MAXLEN', '~', controlMaxLength, '*', ...messageFields(message));
    pipeline.expire(keys.nodeControl(to), controlSeconds);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/**
 * Waits for messages in a node's own inbox. Blocks its connection, so it needs one of its own.
 * @param after the last entry id seen; `0` for all
 * @returns the messages and the new last id; none after `blockMs`
 */
export async function readControl(
  redis: Redis,
  keys: Keys,
  node: string,
  after: string,
  blockMs: number,
): Promise<{ messages: ControlMessage[]; last: string }> {
  const reply = await redis.xread('COUNT', 500, 'BLOCK', blockMs, 'STREAMS', keys.nodeControl(node), after);
  const entries = reply?.[0]?.[1] ?? [];
  const messages = entries.flatMap(([, fields]) => parseControl(entryMap(fields)) ?? []);
  return { messages, last: entries.at(-1)?.[0] ?? after };
}

/** What an entry says; undefined for one that is broken, or of a version to come. */
function parseControl(fields: ReadonlyMap<string, string>): ControlMessage | undefined {
  const type = fields.get('type');
  if (type !== 'takeover' && type !== 'yielded') return parseOrder(fields);
  const epoch = wholeNumber(fields.get('epoch'));
  if (epoch === undefined) return undefined;
  return { type, device: fields.get('device') ?? '', epoch, node: fields.get('node') ?? '' };
}
