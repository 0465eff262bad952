import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** Where a reader of the changes stands: the log of each partition → the entry read last. */
export type CredentialMark = ReadonlyMap<string, string>;

/** What changed since a reader looked last. */
export interface CredentialChanges {
  readonly devices: readonly string[];
  /** To go on from. */
  readonly mark: CredentialMark;
  /** Some changes have left a log unread: anything may have changed. */
  readonly hasGap: boolean;
}

/** Before the first entry of a log. */
const logBegin = '0-0';

/** Where the logs end now: for who begins to follow them. One round trip. */
export async function lastCredentialChange(redis: Redis, keys: Keys): Promise<CredentialMark> {
  const logs = Array.from({ length: keys.partitions }, (_, partition) => keys.credentialsLog(partition));
  const pipeline = redis.pipeline();
  for (const log of logs) pipeline.xrevrange(log, '+', '-', 'COUNT', 1);
  const newest = firstIds(await pipeline.exec());
  return new Map(logs.map((log, i) => [log, newest[i] ?? logBegin]));
}

/** One round trip while nothing changes. */
export async function readCredentialChanges(redis: Redis, after: CredentialMark): Promise<CredentialChanges> {
  const found = (await redis.xread('STREAMS', ...after.keys(), ...after.values())) ?? [];
  const devices = found.flatMap(([, entries]) =>
    entries.flatMap(([, [, device = '']]) => (device === '' ? [] : [device])),
  );
  const mark = new Map(after);
  for (const [log, entries] of found) mark.set(log, entries.at(-1)?.[0] ?? after.get(log)!);
  const logs = found.map(([log]) => log);
  return { devices, mark, hasGap: logs.length > 0 && (await hasGap(redis, logs, after)) };
}

/** Whether the entry read last has been trimmed from one of these logs, and so perhaps what stood behind it. */
async function hasGap(redis: Redis, logs: readonly string[], after: CredentialMark): Promise<boolean> {
  const pipeline = redis.pipeline();
  for (const log of logs) pipeline.xrange(log, '-', '+', 'COUNT', 1);
  const oldest = firstIds(await pipeline.exec());
  return logs.some((log, i) => {
    const last = after.get(log)!;
    return last !== logBegin && (oldest[i] === undefined || isBefore(last, oldest[i]));
  });
}

type PipelineReply = [error: Error | null, reply: unknown][] | null;

/** The id of the first entry of each reply. */
function firstIds(replies: PipelineReply): (string | undefined)[] {
  return (replies ?? []).map(([error, entries]) => {
    if (error !== null) throw error;
    return (entries as [id: string, fields: string[]][])[0]?.[0];
  });
}

function isBefore(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs < bMs || (aMs === bMs && aSeq < bSeq);
}
