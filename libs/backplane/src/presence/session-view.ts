import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap } from '../records/entry-map.ts';
import { countOf } from './quality-fields.ts';

/** One subscription of a session, as it was asked for. */
export interface SessionSubscription {
  readonly filter: string;
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: number;
  readonly identifier: number | undefined;
}

/** A session as whoever looks in from outside sees it. */
export interface SessionView {
  /** Seconds it outlives its connection; 4294967295 is for ever. */
  readonly expiry: number;
  readonly epoch: number;
  /** In order of filter, `maxSubscriptions` at the most. */
  readonly subscriptions: readonly SessionSubscription[];
  readonly queue: {
    readonly length: number;
    readonly bytes: number;
    /** Since the session began. */
    readonly dropped: number;
    /** Unix ms; undefined when it is empty. */
    readonly oldestAt: number | undefined;
  };
  /** QoS 2 messages from the device that await its PUBREL. */
  readonly receiving: number;
  /** QoS 2 messages to the device that await its PUBCOMP. */
  readonly releasing: number;
  readonly hasWill: boolean;
}

const subscriptionPrefix = 'sub:';
const receivedPrefix = 'rx:';
const releasedPrefix = 'tx:';

/**
 * Reads a device's session and how much waits in its queue; undefined when it has none. Payloads stay in Redis, but for
 * the oldest of the queue. The parts are read one after the other, so they may be a moment apart.
 */
export async function readSessionView(
  redis: Redis,
  keys: Keys,
  clientId: string,
  maxSubscriptions: number,
): Promise<SessionView | undefined> {
  const p = keys.partitionOf(clientId);
  const session = keys.session(p, clientId);
  const queue = keys.queue(p, clientId);
  const fields = await redis.hkeys(session);
  if (fields.length === 0) return undefined;
  const filters = fields
    .filter((field) => field.startsWith(subscriptionPrefix))
    .toSorted()
    .slice(0, maxSubscriptions);
  const [values, length, oldest] = await Promise.all([
    redis.hmget(session, 'expiry', 'epoch', 'qbytes', 'qdropped', ...filters),
    redis.xlen(queue),
    redis.xrange(queue, '-', '+', 'COUNT', 1),
  ]);
  const [expiry, epoch, bytes, dropped, ...options] = values;
  const count = (prefix: string): number => fields.filter((field) => field.startsWith(prefix)).length;
  return {
    expiry: countOf(expiry ?? ''),
    epoch: countOf(epoch ?? ''),
    subscriptions: filters.map((field, i) =>
      readSubscription(field.slice(subscriptionPrefix.length), options[i] ?? ''),
    ),
    queue: {
      length,
      bytes: countOf(bytes ?? ''),
      dropped: countOf(dropped ?? ''),
      oldestAt: oldest[0] === undefined ? undefined : countOf(entryMap(oldest[0][1]).get('ts')),
    },
    receiving: count(receivedPrefix),
    releasing: count(releasedPrefix),
    hasWill: fields.includes('will'),
  };
}

/** What is left out in the stored options is false, 0 or absent. */
function readSubscription(filter: string, json: string): SessionSubscription {
  const given = optionsOf(json);
  return {
    filter,
    qos: wholeOf(given['qos']),
    noLocal: given['nl'] === true || given['nl'] === 1,
    retainAsPublished: given['rap'] === true || given['rap'] === 1,
    retainHandling: wholeOf(given['rh']),
    identifier: typeof given['identifier'] === 'number' ? wholeOf(given['identifier']) : undefined,
  };
}

function optionsOf(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const wholeOf = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);
