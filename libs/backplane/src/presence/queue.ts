import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { numberOf, readCommonFields, readFields, textOf } from '../records/entry-fields.ts';
import { BrokenRecord, type StoredMessage } from '../records/message-record.ts';
import { runPipeline, runScript, runScriptBuffer, scripts, type ScriptValue } from '../scripts.ts';

/** A message for one device. Its QoS is the effective one, 1 or 2; `retain` is the flag to send. */
export interface QueueMessage extends StoredMessage {
  /** Subscription identifiers. */
  readonly identifiers: readonly number[] | undefined;
  /** The whole `$share/group/filter` it goes to. */
  readonly shared: string | undefined;
}

export interface EnqueueRequest {
  readonly clientId: string;
  /** Subscriptions that brought it here; the session must still hold one of them. */
  readonly filters: readonly string[];
  readonly message: QueueMessage;
  /** `DEVICE/EPOCH/SEQ` of a message that must not be queued twice. */
  readonly identity: string | undefined;
}

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly policy: 'drop-oldest' | 'reject';
}

export type EnqueueAnswer =
  | {
      readonly status: 'queued';
      /** Its number in the queue; its packet id is (n-1) mod 65535 + 1. */
      readonly n: number;
      /** Older messages dropped to make room. */
      readonly dropped: number;
      /** Node that holds the device online. */
      readonly owner: string | undefined;
    }
  /** The session does not exist, or holds none of the filters: the route is to be dropped. */
  | { readonly status: 'gone' }
  /** Queued before, under this identity. */
  | { readonly status: 'held' }
  | { readonly status: 'full' }
  /** Redis refused it, or, when the error is not a reply, nobody knows. */
  | { readonly status: 'error'; readonly error: Error };

/** What an entry of a queue costs beside its payload and topic. */
const entryOverheadBytes = 64;

/**
 * Puts messages into queues, all in one pipeline and in order. Never rejects: what goes wrong is told for each message.
 * An entry that is alone larger than `maxBytes` is `full` under both policies.
 */
export async function enqueue(
  redis: Redis,
  keys: Keys,
  requests: readonly EnqueueRequest[],
  limits: QueueLimits,
): Promise<EnqueueAnswer[]> {
  const replies = await runPipeline(
    redis,
    scripts.enqueue,
    requests.map((request) => {
      const { clientId, filters, message, identity } = request;
      const p = keys.partitionOf(clientId);
      const bytes = message.payload.length + Buffer.byteLength(message.topic) + entryOverheadBytes;
      return {
        keys: [keys.online(p), keys.session(p, clientId), keys.queue(p, clientId), keys.routed(p, clientId)],
        values: [
          ...[clientId, identity ?? '', bytes, limits.maxMessages, limits.maxBytes, limits.policy],
          ...[filters.length, ...filters],
          ...entryFields(message, bytes),
        ],
      };
    }),
  );
  return replies.map(readEnqueued);
}

function entryFields(message: QueueMessage, bytes: number): ScriptValue[] {
  const fields: ScriptValue[] = [
    ...['topic', message.topic, 'qos', message.qos, 'ts', message.ts, 'payload', message.payload],
    ...['bytes', bytes, 'from', message.from],
  ];
  if (message.retain) fields.push('retain', 1);
  if (message.expiresAt !== undefined) fields.push('expires', message.expiresAt);
  if (message.contentType !== undefined) fields.push('ctype', message.contentType);
  if (message.props !== undefined) fields.push('props', JSON.stringify(message.props));
  if (message.identifiers !== undefined && message.identifiers.length > 0) {
    fields.push('ids', message.identifiers.join(','));
  }
  if (message.shared !== undefined) fields.push('shared', message.shared);
  return fields;
}

function readEnqueued(reply: unknown): EnqueueAnswer {
  if (reply instanceof Error) return { status: 'error', error: reply };
  if (reply === 0) return { status: 'gone' };
  if (reply === -1) return { status: 'held' };
  if (reply === -2) return { status: 'full' };
  const [n, dropped, owner] = reply as [number, number, string];
  return { status: 'queued', n, dropped, owner: owner === '' ? undefined : owner };
}

export interface QueueOp {
  /**
   * `done`: it is finished, the entry goes. `received`: PUBREC came, the entry goes, PUBCOMP is awaited. `complete`:
   * PUBCOMP came.
   */
  readonly op: 'done' | 'received' | 'complete';
  readonly n: number;
  /** As `readQueue` told them. */
  readonly bytes: number;
}

/** What one device acknowledged; `epoch` must still speak for it. */
export interface QueueSettlement {
  readonly clientId: string;
  readonly epoch: number;
  readonly ops: readonly QueueOp[];
}

/**
 * Carries out what devices acknowledged of their queues, all in one pipeline. Harmless when repeated.
 * @returns for each device `done`, `superseded` when somebody else speaks for it, `lost` when Redis lost the claim, or
 *   the error
 */
export async function settleQueue(
  redis: Redis,
  keys: Keys,
  batch: readonly QueueSettlement[],
): Promise<('done' | 'superseded' | 'lost' | Error)[]> {
  const replies = await runPipeline(
    redis,
    scripts.settleQueue,
    batch.map(({ clientId, epoch, ops }) => {
      const p = keys.partitionOf(clientId);
      return {
        keys: [keys.online(p), keys.session(p, clientId), keys.queue(p, clientId)],
        values: [clientId, epoch, ...ops.flatMap(({ op, n, bytes }) => [op, n, bytes])],
      };
    }),
  );
  return replies.map((reply) => {
    if (reply instanceof Error) return reply;
    if (reply === 1) return 'done';
    return reply === 0 ? 'superseded' : 'lost';
  });
}

export interface QueuedMessage {
  readonly n: number;
  /** What it counts for in the queue; `settleQueue` wants it back. */
  readonly bytes: number;
  readonly message: QueueMessage;
}

/**
 * Reads a device's queue in order, behind `afterN`: at most `count` entries, and no further than `maxBytes` of them, but
 * one where there is one. Expired messages are among them.
 * @throws BrokenRecord when an entry is none
 */
export async function readQueue(
  redis: Redis,
  keys: Keys,
  clientId: string,
  afterN: number,
  count: number,
  maxBytes: number,
): Promise<QueuedMessage[]> {
  const queue = keys.queue(keys.partitionOf(clientId), clientId);
  const entries = (await runScriptBuffer(redis, scripts.readQueue, [queue], [afterN, count, maxBytes])) as [
    Buffer,
    Buffer[],
  ][];
  return entries.map(([id, flat]) => readQueued(id.toString(), flat));
}

function readQueued(id: string, flat: readonly Buffer[]): QueuedMessage {
  const fields = readFields(flat);
  const n = Number(id.split('-')[0]);
  if (!Number.isSafeInteger(n)) throw new BrokenRecord(`queue entry ${id}`);
  return {
    n,
    bytes: numberOf(fields, 'bytes'),
    message: {
      ...readCommonFields(fields),
      from: textOf(fields, 'from'),
      epoch: 0,
      seq: 0,
      expiresAt: fields.has('expires') ? numberOf(fields, 'expires') : undefined,
      identifiers: fields.get('ids')?.toString().split(',').map(Number),
      shared: fields.get('shared')?.toString(),
    },
  };
}

/**
 * Takes an entry out of the queue of a session whose device is away, after somebody else got it.
 * @returns false when the device is back or the entry is gone: then it is delivered, or was, all the same
 */
export async function giveAway(
  redis: Redis,
  keys: Keys,
  clientId: string,
  n: number,
  bytes: number,
): Promise<boolean> {
  const p = keys.partitionOf(clientId);
  const taken = await runScript(
    redis,
    scripts.giveAway,
    [keys.online(p), keys.session(p, clientId), keys.queue(p, clientId)],
    [clientId, n, bytes],
  );
  return taken === 1;
}
