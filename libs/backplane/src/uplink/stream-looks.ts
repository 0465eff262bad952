import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runPipeline, scripts } from '../scripts.ts';

/** One consumer group of a stream. */
export interface GroupLook {
  readonly name: string;
  /** Entries not yet given to it; undefined where Redis cannot tell. */
  readonly lag: number | undefined;
  /** Given and not acknowledged. */
  readonly pending: number;
  /** Unix ms at which the oldest of those was stored. */
  readonly oldestPendingAt: number | undefined;
  readonly consumers: number;
  /** Ms since any consumer did something; undefined without consumers. */
  readonly idleMs: number | undefined;
  readonly lastDeliveredId: string;
}

/** A stream without its entries. */
export interface StreamLook {
  readonly length: number;
  /** Unix ms at which the oldest and the newest entry were stored; undefined when it is empty. */
  readonly oldestAt: number | undefined;
  readonly newestAt: number | undefined;
  /** Since the stream began, those dropped since then too. */
  readonly entriesAdded: number;
  /** Undefined where Redis does not allow to ask. */
  readonly bytes: number | undefined;
  readonly groups: readonly GroupLook[];
}

/** Groups told of for each stream. */
const maxGroups = 32;

const nothing: StreamLook = {
  ...{ length: 0, oldestAt: undefined, newestAt: undefined, entriesAdded: 0, bytes: undefined, groups: [] },
};

/**
 * Looks at the uplink streams of these partitions, all in one pipeline. Changes nothing, creates no group.
 * @returns in their order; undefined for one that Redis did not answer for
 */
export async function lookAtStreams(
  redis: Redis,
  keys: Keys,
  partitions: readonly number[],
): Promise<(StreamLook | undefined)[]> {
  const replies = await runPipeline(
    redis,
    scripts.lookAtStream,
    partitions.map((partition) => ({ keys: [keys.uplink(partition)], values: [maxGroups] })),
  );
  return replies.map((reply) => (reply instanceof Error ? undefined : readLook(reply)));
}

type GroupReply = [string, number, number, string, number, number, string];

function readLook(reply: unknown): StreamLook {
  const [length, last, first, entriesAdded, bytes, ...groups] = reply as [
    ...[number, string, string, number, number],
    ...GroupReply[],
  ];
  if (length === undefined) return nothing;
  return {
    length,
    oldestAt: length === 0 ? undefined : timeOf(first),
    newestAt: length === 0 ? undefined : timeOf(last),
    entriesAdded,
    bytes: bytes < 0 ? undefined : bytes,
    groups: groups.map(readGroup),
  };
}

function readGroup([name, lag, pending, oldest, consumers, idle, lastDeliveredId]: GroupReply): GroupLook {
  return {
    name,
    lag: lag < 0 ? undefined : lag,
    pending,
    oldestPendingAt: oldest === '' ? undefined : timeOf(oldest),
    consumers,
    idleMs: idle < 0 ? undefined : idle,
    lastDeliveredId,
  };
}

/** The first part of an entry's id is Redis' clock when it was stored. */
const timeOf = (id: string): number => Number.parseInt(id, 10);

/** An entry that a consumer was given and has not acknowledged. */
export interface PendingEntry {
  readonly id: string;
  readonly consumer: string;
  /** Ms since it was last given to somebody. */
  readonly idleMs: number;
  readonly deliveries: number;
}

/**
 * Entries of a group that are not acknowledged, oldest first.
 * @param after only those behind this entry
 * @throws ReplyError beginning with `NOGROUP` when there is no such stream or group
 */
export async function readPending(
  redis: Redis,
  keys: Keys,
  partition: number,
  group: string,
  count: number,
  after?: string,
): Promise<PendingEntry[]> {
  const start = after === undefined ? '-' : `(${after}`;
  const rows = (await redis.xpending(keys.uplink(partition), group, start, '+', count)) as [
    string,
    string,
    number,
    number,
  ][];
  return rows.map(([id, consumer, idleMs, deliveries]) => ({ id, consumer, idleMs, deliveries }));
}
