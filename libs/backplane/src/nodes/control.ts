import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** What one node asks of another through its control inbox. */
export type ControlMessage =
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
  const key = keys.nodeControl(to);
  const fields = Object.entries(message).flat().map(String);
  await redis
    .pipeline()
    .xadd(key, 'MAXLEN', '~', controlMaxLength, '*', ...fields)
    .expire(key, controlSeconds)
    .exec();
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
  const messages: ControlMessage[] = [];
  for (const [, fields] of entries) {
    const read = new Map<string, string>();
    for (let i = 0; i < fields.length; i += 2) read.set(fields[i]!, fields[i + 1]!);
    const type = read.get('type');
    if (type !== 'takeover' && type !== 'yielded') continue;
    messages.push({
      type,
      device: read.get('device') ?? '',
      epoch: Number(read.get('epoch')),
      node: read.get('node') ?? '',
    });
  }
  return { messages, last: entries.at(-1)?.[0] ?? after };
}
