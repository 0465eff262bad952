import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** What an entry of a log or an inbox says. */
export type LogChange =
  /** op `+`: added or replaced, `-`: removed, `x`: all routes of the device are gone, without filter. */
  | {
      readonly kind: 'route';
      readonly partition: number;
      readonly version: number;
      readonly op: '+' | '-' | 'x';
      readonly clientId: string;
      readonly filter: string;
      /** JSON; of `+` only. */
      readonly options: string;
    }
  | {
      readonly kind: 'retained';
      readonly partition: number;
      readonly version: number;
      readonly op: '+' | '-';
      readonly topic: string;
    }
  /** The queue of a device that this node holds has something. */
  | { readonly kind: 'inbox'; readonly type: 'doorbell'; readonly clientId: string };

export interface LogEntry {
  /** The stream it stands in. */
  readonly key: string;
  readonly id: string;
  readonly fields: Map<string, string>;
  /** Undefined for an entry this version does not know. */
  readonly change: LogChange | undefined;
}

/** Entries of one stream read at a time. */
const readCount = 1000;
const inboxMaxLength = 10_000;
/** A node that died before it was reaped must not leave its inbox for ever. */
const inboxSeconds = 3600;

/**
 * Waits for entries of any of these streams. Blocks its connection, so it needs one of its own.
 * @param at stream key → last id seen; left as it is: the caller moves it on as it follows
 * @returns the entries, of each stream in order; none after `blockMs`
 */
export async function readLogs(
  redis: Redis,
  keys: Keys,
  at: ReadonlyMap<string, string>,
  blockMs: number,
): Promise<LogEntry[]> {
  const reply = await redis.xread(
    'COUNT',
    readCount,
    'BLOCK',
    blockMs,
    'STREAMS',
    ...at.keys(),
    ...at.values(),
  );
  return (reply ?? []).flatMap(([key, entries]) =>
    entries.map(([id, flat]) => {
      const fields = new Map<string, string>();
      for (let i = 0; i < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
      return { key, id, fields, change: readChange(key.slice(keys.namespace.length), fields) };
    }),
  );
}

/** @param name the stream's key without the namespace */
function readChange(name: string, fields: ReadonlyMap<string, string>): LogChange | undefined {
  const [, p, log] = /^:\{p(\d+)\}:(routes|retained)-log$/.exec(name) ?? [];
  const partition = Number(p);
  const version = Number(fields.get('v'));
  const op = fields.get('op');
  if (log === 'routes' && (op === '+' || op === '-' || op === 'x')) {
    const [clientId = '', filter = '', options = ''] = ['device', 'filter', 'opts'].map((f) => fields.get(f));
    return { kind: 'route', partition, version, op, clientId, filter, options };
  }
  if (log === 'retained' && (op === '+' || op === '-')) {
    return { kind: 'retained', partition, version, op, topic: fields.get('topic') ?? '' };
  }
  if (log === undefined && fields.get('type') === 'doorbell') {
    return { kind: 'inbox', type: 'doorbell', clientId: fields.get('device') ?? '' };
  }
  return undefined;
}

/** The id to read a log behind that is loaded now; `0-0` when it has no entry. */
export async function lastLogId(redis: Redis, key: string): Promise<string> {
  const [last] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  return last?.[0] ?? '0-0';
}

/** The version of a partition's routes or retained messages: how many changes there were; 0 before the first. */
export async function readVersion(redis: Redis, hash: string): Promise<number> {
  return Number((await redis.hget(hash, '')) ?? 0);
}

/** Tells the node that holds a device that its queue has something. A hint: it may be lost. */
export async function sendDoorbell(redis: Redis, keys: Keys, node: string, clientId: string): Promise<void> {
  const key = keys.nodeInbox(node);
  await redis
    .pipeline()
    .xadd(key, 'MAXLEN', '~', inboxMaxLength, '*', 'type', 'doorbell', 'device', clientId)
    .expire(key, inboxSeconds)
    .exec();
}
