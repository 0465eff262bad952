import { randomBytes } from 'node:crypto';
import { Keys, Store } from '@tributary/backplane';
import { Redis } from 'ioredis';
import { until } from './until.ts';

/** The Redis of the tests: the node's own connection to it, and one of the test, in a namespace of their own. */
export class StoreDesk {
  readonly url: string;
  readonly store: Store;
  readonly keys: Keys;
  /** The test's own connection. */
  readonly redis: Redis;

  /** `url`: for the node's connection, where something stands in between. */
  constructor(url?: string, partitions = 4) {
    const own = testRedisUrl();
    this.url = url ?? own;
    const namespace = `g-${randomBytes(6).toString('hex')}`;
    this.keys = new Keys(namespace, partitions);
    this.redis = new Redis(own, { maxRetriesPerRequest: null });
    this.store = new Store({ url: this.url, name: namespace, connectTimeoutMs: 1000, replyTimeoutMs: 5000 });
  }

  async started(): Promise<this> {
    this.store.start();
    await until('the store to be up', () => this.store.isUp);
    return this;
  }

  /** Ends the node's connection at Redis. */
  async cut(): Promise<void> {
    const clients = (await this.redis.client('LIST')) as string;
    const line = clients.split('\n').find((each) => each.includes(`name=${this.keys.namespace} `));
    const id = /^id=(\d+)/.exec(line ?? '')?.[1];
    if (id !== undefined) await this.redis.client('KILL', 'ID', Number(id));
  }

  async close(): Promise<void> {
    await this.store.close();
    for await (const names of this.redis.scanStream({ match: `${this.keys.namespace}:*`, count: 1000 })) {
      if ((names as string[]).length > 0) await this.redis.unlink(names as string[]);
    }
    await this.redis.quit();
  }
}

export function testRedisUrl(): string {
  const url = process.env['TRIBUTARY_TEST_REDIS_URL'];
  if (url === undefined) throw new Error('TRIBUTARY_TEST_REDIS_URL is not set; run the tests with npm test');
  return url;
}
