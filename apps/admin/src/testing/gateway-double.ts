import {
  encodeQualityBins,
  Keys,
  rollUpSteps,
  type QualityBins,
  type RollUpStep,
} from '@tributary/backplane';
import { Redis } from 'ioredis';

const redisUrl = process.env.TRIBUTARY_TEST_REDIS_URL;

/** Writes to Redis what a gateway node writes, so that tests need none. Each has a namespace of its own. */
export class GatewayDouble {
  readonly url: string;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly node: string;
  readonly #beats: boolean;
  #beating: NodeJS.Timeout | undefined;
  #beat = 0;
  #statsAt = 0;

  /** `beats`: as a node does, once a second from its start on, however long a test takes; else when it is told to. */
  constructor(options: { partitions?: number; node?: string; namespace?: string; beats?: boolean } = {}) {
    if (redisUrl === undefined)
      throw new Error('TRIBUTARY_TEST_REDIS_URL is not set; run the tests with npm test');
    this.url = redisUrl;
    this.redis = new Redis(redisUrl);
    this.keys = new Keys(
      options.namespace ?? `t-${Math.random().toString(36).slice(2, 12)}`,
      options.partitions ?? 4,
    );
    this.node = options.node ?? 'gw-1.aa11';
    this.#beats = options.beats ?? true;
  }

  async start(): Promise<void> {
    await this.redis.hset(this.keys.meta, { partitions: this.keys.partitions });
    await this.redis.hset(this.keys.nodes, this.node, JSON.stringify({ id: 'gw-1' }));
    await this.beat({ state: 'ready' });
    if (this.#beats) this.#beating = setInterval(() => void this.#raise(), 1000).unref();
  }

  async beat(more: Record<string, string> = {}): Promise<void> {
    const [id, incarnation] = this.node.split('.');
    await this.redis.hset(this.keys.nodeRecord(this.node), {
      id,
      incarnation,
      host: 'testhost',
      pid: 4711,
      version: '0.1.0',
      startedAt: 1_700_000_000_000,
      beat: ++this.#beat,
      beatAt: Date.now(),
      state: 'ready',
      durability: 'always',
      listeners: JSON.stringify([{ name: 'mqtt', protocol: 'mqtt', address: '127.0.0.1', port: 1883 }]),
      ...more,
    });
  }

  async stopCleanly(): Promise<void> {
    clearInterval(this.#beating);
    await this.redis.del(this.keys.nodeRecord(this.node));
    await this.redis.hdel(this.keys.nodes, this.node);
  }

  async connect(device: string, epoch: number, more: Record<string, string | number> = {}): Promise<void> {
    const ts = Date.now();
    const facts = {
      node: this.node,
      protocol: 'mqtt5',
      transport: 'tcp',
      listener: 'mqtt',
      address: '127.0.0.1:50000',
      class: 'standard',
      keepAlive: 60,
      ...more,
    };
    await this.redis.hset(this.#record(device), {
      ...{
        state: 'online',
        epoch,
        expiry: 0,
        firstSeen: ts,
        connectedAt: ts,
        disconnectedAt: 0,
        lastSeen: ts,
      },
      ...{ reason: '', connects: 1, messages: 0, bytes: 0, epochMessages: 0, epochBytes: 0, ...facts },
    });
    await this.event(device, { type: 'connected', epoch, ts, ...facts, cleanStart: 1, sessionPresent: 0 });
  }

  async disconnect(device: string, epoch: number, more: Record<string, string | number> = {}): Promise<void> {
    const ts = Date.now();
    const reason = more.reason ?? 'normal';
    await this.redis.hset(this.#record(device), { state: 'offline', disconnectedAt: ts, reason });
    const facts = {
      type: 'disconnected',
      epoch,
      ts,
      node: this.node,
      reason,
      by: 'device',
      durationMs: 5,
      lastSeq: 3,
    };
    await this.event(device, { ...facts, messages: 3, bytes: 30, dropped: 0, unknown: 0, ...more });
  }

  async event(device: string, fields: Record<string, string | number>): Promise<void> {
    const flat = Object.entries({ device, ...fields }).flatMap(([field, value]) => [field, String(value)]);
    await this.redis.xadd(this.keys.events(this.keys.partitionOf(device)), '*', ...flat);
  }

  async sample(ts: number, devices: [string, number, number, number, number][]): Promise<void> {
    await this.redis.xadd(
      this.keys.nodeSamples(this.node),
      '*',
      'ts',
      ts,
      'devices',
      JSON.stringify(devices),
    );
  }

  /** Figures of a second; two within the same millisecond are two all the same. */
  async stats(figures: Record<string, number | string>): Promise<void> {
    this.#statsAt = Math.max(Date.now(), this.#statsAt + 1);
    const all = { connections: 0, messagesIn: 0, bytesIn: 0, stored: 0, storeUp: 1, ...figures };
    const flat = Object.entries(all).flatMap(([field, value]) => [field, String(value)]);
    await this.redis.xadd(this.keys.nodeStats(this.node), `${this.#statsAt}-0`, 'ts', this.#statsAt, ...flat);
  }

  /** What a node writes at the end of a slot that began at `at` (Unix ms). */
  async rollUp(
    step: RollUpStep,
    at: number,
    figures: Record<string, number>,
    quality: QualityBins,
    node = this.node,
  ): Promise<void> {
    const entry = { ts: at, node, q: encodeQualityBins(quality), f: JSON.stringify(figures) };
    const id = `${at + rollUpSteps[step].stepMs}-*`;
    await this.redis.xadd(this.keys.rollUps(step), id, ...Object.entries(entry).flat());
  }

  async forget(device: string): Promise<void> {
    await this.redis.del(this.#record(device));
  }

  /** Takes everything of the namespace away. */
  async stop(): Promise<void> {
    clearInterval(this.#beating);
    const found = await this.redis.keys(`${this.keys.namespace}:*`);
    if (found.length > 0) await this.redis.del(...found);
    this.redis.disconnect();
  }

  /** Nothing but the beat: what a test said of the node stands. */
  async #raise(): Promise<void> {
    const beat = { beat: ++this.#beat, beatAt: Date.now() };
    await this.redis.hset(this.keys.nodeRecord(this.node), beat).catch(() => undefined);
  }

  #record(device: string): string {
    return this.keys.device(this.keys.partitionOf(device), device);
  }
}
