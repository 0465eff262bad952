import { setTimeout as sleep } from 'node:timers/promises';
import { closeRedis, createRedis, Keys } from '@tributary/backplane';

type Redis = ReturnType<typeof createRedis>;

/** A consumer group of the demo: how many entries it takes from all partitions together, at most, a second. */
interface DemoGroup {
  name: string;
  perSecond: number;
}

/** One that keeps up, and one that does not. */
export const demoGroups: readonly DemoGroup[] = [
  { name: 'demo-history', perSecond: 5000 },
  { name: 'demo-billing', perSecond: 16 },
];

const turnMs = 500;

/** What XREADGROUP answers: streams with their entries. */
type Reply = [key: string, entries: [id: string, fields: string[]][]][] | null;

/**
 * Two backends that read the streams as consumer groups, so that the dashboard has a pipeline to show: one fast, one that
 * falls behind. Their groups are removed when they end.
 */
export class DemoBackends {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: { redisUrl: string; namespace: string }) {
    this.#namespace = options.namespace;
    this.#redis = createRedis({
      url: options.redisUrl,
      name: 'tributary-demo',
      connectTimeoutMs: 2000,
      replyTimeoutMs: 5000,
    });
    this.#redis.on('error', () => {}); // the demo goes on without its backends
  }

  start(): void {
    this.#running = this.#run().catch(() => undefined);
  }

  /** Ends the reading and removes the groups, if Redis can be asked. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await closeRedis(this.#redis);
  }

  async #run(): Promise<void> {
    await this.#redis.connect();
    const partitions = Number(await this.#redis.hget(new Keys(this.#namespace, 1).meta, 'partitions'));
    const keys = new Keys(this.#namespace, partitions);
    const streams = Array.from({ length: partitions }, (_, partition) => keys.uplink(partition));
    await this.#make(streams);
    try {
      while (!this.#stop.signal.aborted) {
        for (const group of demoGroups) await this.#turn(group, streams);
        await sleep(turnMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    } finally {
      await this.#remove(streams);
    }
  }

  // Only what comes from now on is theirs.
  async #make(streams: readonly string[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const stream of streams) {
      for (const { name } of demoGroups) pipeline.xgroup('CREATE', stream, name, '$', 'MKSTREAM');
    }
    await pipeline.exec(); // BUSYGROUP: left over from a demo that was killed
  }

  async #remove(streams: readonly string[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const stream of streams) for (const { name } of demoGroups) pipeline.xgroup('DESTROY', stream, name);
    await pipeline.exec();
  }

  async #turn({ name, perSecond }: DemoGroup, streams: readonly string[]): Promise<void> {
    const count = Math.max(1, Math.floor((perSecond * turnMs) / 1000 / streams.length));
    // A slow one looks at another part of the partitions in each turn.
    const wanted = Math.min(streams.length, Math.max(1, Math.floor((perSecond * turnMs) / 1000)));
    const offset = Math.floor(Math.random() * streams.length);
    const some = Array.from({ length: wanted }, (_, i) => streams[(offset + i) % streams.length]!);
    const ids = some.map(() => '>');
    const reply = (await this.#redis.xreadgroup(
      'GROUP',
      name,
      'worker-1',
      'COUNT',
      count,
      'STREAMS',
      ...some,
      ...ids,
    )) as Reply;
    if (reply === null) return;
    const pipeline = this.#redis.pipeline();
    for (const [stream, entries] of reply) pipeline.xack(stream, name, ...entries.map(([id]) => id));
    await pipeline.exec();
  }
}
