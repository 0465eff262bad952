import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Keys } from '../keys.ts';
import type { ClaimRequest } from '../presence/claims.ts';

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

  async session(clientId: string): Promise<Entry> {
    return this.redis.hgetall(this.keys.session(this.keys.partitionOf(clientId), clientId));
  }

  async online(clientId: string): Promise<string | null> {
    return this.redis.hget(this.keys.online(this.keys.partitionOf(clientId)), clientId);
  }

  async #entries(key: string, clientId: string): Promise<Entry[]> {
    const entries = await this.redis.xrange(key, '-', '+');
    return entries
      .map(([, fields]) => {
        const entry: Entry = {};
        for (let i = 0; i < fields.length; i += 2) entry[fields[i]!] = fields[i + 1]!;
        return entry;
      })
      .filter((entry) => entry['device'] === clientId);
  }
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
