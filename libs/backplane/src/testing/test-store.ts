import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Keys } from '../keys.ts';
import type { ClaimRequest, Release } from '../presence/claims.ts';
import { readTimelineAfter } from '../presence/timeline.ts';
import { encodeMessageRecord, type StoredMessage } from '../records/message-record.ts';

/** A stream entry as field → value. */
export type Entry = Record<string, string>;

/** The Redis of the tests, seen through a namespace of its own. */
export class TestStore {
  readonly url: string;
  readonly redis: Redis;
  readonly keys: Keys;

  constructor(url = process.env['TRIBUTARY_TEST_REDIS_URL'], partitions = 4) {
    if (url === undefined)
      throw new Error('TRIBUTARY_TEST_REDIS_URL is not set; run the tests with npm test');
    this.url = url;
    this.redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.redis.on('error', () => undefined); // away on purpose, in some tests
    this.keys = new Keys(`t-${randomBytes(6).toString('hex')}`, partitions);
  }

  /** Names of the keys there are, without the namespace, sorted. */
  async names(): Promise<string[]> {
    const found: string[] = [];
    for await (const batch of this.redis.scanStream({ match: `${this.keys.namespace}:*`, count: 1000 })) {
      found.push(...(batch as string[]));
    }
    return [...new Set(found)].map((key) => key.slice(this.keys.namespace.length + 1)).toSorted();
  }

  async clear(): Promise<void> {
    const names = await this.names();
    if (names.length > 0) await this.redis.unlink(names.map((name) => `${this.keys.namespace}:${name}`));
  }

  async close(): Promise<void> {
    await this.clear();
    await this.redis.quit();
  }

  async uplink(clientId: string): Promise<Entry[]> {
    return this.#entries(this.keys.uplink(this.keys.partitionOf(clientId)), clientId);
  }

  async events(clientId: string): Promise<Entry[]> {
    return this.#entries(this.keys.events(this.keys.partitionOf(clientId)), clientId);
  }

  async record(clientId: string): Promise<Entry> {
    return this.redis.hgetall(this.keys.device(this.keys.partitionOf(clientId), clientId));
  }

  /** Its timeline, oldest first. */
  async history(clientId: string): Promise<Entry[]> {
    const lines = await readTimelineAfter(this.redis, this.keys, clientId, 1000, '0-0');
    return lines.map(({ fields }) => Object.fromEntries(fields));
  }

  async session(clientId: string): Promise<Entry> {
    return this.redis.hgetall(this.keys.session(this.keys.partitionOf(clientId), clientId));
  }

  async online(clientId: string): Promise<string | null> {
    return this.redis.hget(this.keys.online(this.keys.partitionOf(clientId)), clientId);
  }

  /** The changes of the routes of a device's partition, oldest first. */
  async routesLog(clientId: string): Promise<Entry[]> {
    return this.#entries(this.keys.routesLog(this.keys.partitionOf(clientId)), clientId);
  }

  /** The routes of a device's partition, and their version. */
  async routes(clientId: string): Promise<Entry> {
    return this.redis.hgetall(this.keys.routes(this.keys.partitionOf(clientId)));
  }

  /** Unix ms of a timer of a device's partition, by Redis's clock. */
  async timer(clientId: string, member: string): Promise<number | undefined> {
    const score = await this.redis.zscore(this.keys.timers(this.keys.partitionOf(clientId)), member);
    return score === null ? undefined : Number(score);
  }

  /** Makes a timer due, if there is one. */
  async makeDue(clientId: string, member: string): Promise<void> {
    await this.redis.zadd(this.keys.timers(this.keys.partitionOf(clientId)), 'XX', 1, member);
  }

  async #entries(key: string, clientId: string): Promise<Entry[]> {
    const entries = await this.redis.xrange(key, '-', '+');
    return entries.map(([, fields]) => toEntry(fields)).filter((entry) => entry['device'] === clientId);
  }
}

function toEntry(fields: readonly string[]): Entry {
  const entry: Entry = {};
  for (let i = 0; i < fields.length; i += 2) entry[fields[i]!] = fields[i + 1]!;
  return entry;
}

/** A claim of an MQTT 5 device over TCP. */
export const claimOf = (clientId: string, differs: Partial<ClaimRequest> = {}): ClaimRequest => ({
  clientId,
  nonce: 'nonce-a',
  node: 'gw-1.aaaa',
  now: 1_700_000_000_000,
  cleanStart: false,
  sessionExpiry: 0,
  protocol: 'mqtt5',
  transport: 'tcp',
  listener: 'mqtt',
  address: '127.0.0.1:50000',
  class: 'standard',
  keepAlive: 60,
  ...differs,
});

/** A release of the connection of `claimOf`, 5 s later. */
export const releaseOf = (clientId: string, differs: Partial<Release> = {}): Release => ({
  ...{ clientId, epoch: 0, nonce: 'nonce-a', now: 1_700_000_005_000, reason: 'normal', by: 'device' },
  ...{ durationMs: 5000, lastSeq: 4, messages: 3, bytes: 300, dropped: 1, unknown: 0 },
  ...{ lastSeen: 1_700_000_004_000, sessionExpiry: undefined, recordSeconds: 3600 },
  ...{ sent: 0, firesWill: false, uplinkMaxLength: 1000 },
  ...differs,
});

/** A message of QoS 1 that lasts for ever. */
export const messageOf = (differs: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{ topic: 'a/b', qos: 1, retain: false, payload: Buffer.from('hello'), ts: 1_700_000_000_000 },
  ...{ from: 'sender', epoch: 3, seq: 9, expiresAt: undefined, contentType: undefined, props: undefined },
  ...differs,
});

/** A will as a claim takes it. */
export const willOf = (delay = 0, differs: Partial<StoredMessage> = {}): Buffer =>
  encodeMessageRecord(messageOf({ topic: 'last/words', epoch: 0, seq: 0, ...differs }), { delay });

/** Every byte value, twice. */
export const everyByte = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 0xff));
