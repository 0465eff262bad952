import {
  beatNode,
  type DeviceRecordField,
  Keys,
  type QualitySample,
  registerNode,
  writeSamples,
  writeStats,
} from '@tributary/backplane';
import { Redis } from 'ioredis';
import { connectionOf, hotDevices, idOf, nodeNames, nodeOf, qualityOf, scatter } from './device-facts.ts';

const partitions = 16;
const fillBatch = 500;
/** Of the changes, so many in a hundred are a device that leaves or comes. */
const presencePercent = 4;
const secondMs = 1000;
/** A node samples a device that sends every 2 s, and its link every 5 s. */
const hotSampleSeconds = 2;
const hotQualitySeconds = 5;

export interface SimulatedFleetOptions {
  redisUrl: string;
  namespace: string;
  devices: number;
  changesPerSecond: number;
}

/**
 * What the nodes of a large fleet write to Redis, without the nodes: records, samples, events, statistics and beats.
 * `fill` writes the records; from `start` on the fleet lives until `stop`.
 */
export class SimulatedFleet {
  /** Changes written since `start`. */
  changes = 0;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #options: SimulatedFleetOptions;
  readonly #online: Uint8Array;
  readonly #epochs: Float64Array;
  readonly #messages: Float64Array;
  #second = 0;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(options: SimulatedFleetOptions) {
    this.#options = options;
    this.#redis = new Redis(options.redisUrl);
    this.#keys = new Keys(options.namespace, partitions);
    this.#online = new Uint8Array(options.devices).fill(1);
    this.#epochs = Float64Array.from({ length: options.devices }, (_, number) => number + 1);
    this.#messages = new Float64Array(options.devices);
  }

  /** Ids of the devices that send all the time. */
  get hotIds(): string[] {
    return Array.from({ length: hotDevices }, (_, number) => idOf(number));
  }

  /** Writes all records, and last of all what tells an admin that there is a fleet. */
  async fill(): Promise<void> {
    for (let from = 0; from < this.#options.devices; from += fillBatch) {
      const pipeline = this.#redis.pipeline();
      for (let number = from; number < Math.min(from + fillBatch, this.#options.devices); number++) {
        pipeline.hset(this.#recordOf(number), this.#record(number));
      }
      await pipeline.exec();
    }
    for (const node of nodeNames) await this.#register(node);
    await this.#redis.hset(this.#keys.meta, { partitions });
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working = this.#working
        .then(() => this.#live())
        .catch((error: unknown) => {
          this.#failure = error;
        });
    }, secondMs);
  }

  /** @throws what went wrong while it lived */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
    this.#redis.disconnect();
    if (this.#failure !== undefined) throw new Error('the simulated fleet broke', { cause: this.#failure });
  }

  /** One second of the fleet. */
  async #live(): Promise<void> {
    const second = ++this.#second;
    const now = Date.now();
    const { devices, changesPerSecond } = this.#options;
    const moved = new Set(
      Array.from({ length: changesPerSecond }, (_, i) => scatter(second * 100_003 + i, 20, devices)),
    );
    const coming = [...moved].slice(0, Math.round((moved.size * presencePercent) / 100));
    for (const number of coming) {
      moved.delete(number);
      await this.#turn(number, now);
    }
    this.changes += moved.size + coming.length;
    const links = new Set(moved);
    for (let hot = second % hotSampleSeconds; hot < hotDevices; hot += hotSampleSeconds) moved.add(hot);
    for (let hot = second % hotQualitySeconds; hot < hotDevices; hot += hotQualitySeconds) links.add(hot);
    for (const node of nodeNames) await this.#report(node, now, moved, links);
  }

  /** A node's samples, statistics and beat. */
  async #report(node: string, now: number, moved: Set<number>, links: Set<number>): Promise<void> {
    const here = (number: number): boolean => nodeOf(number) === node && this.#online[number] === 1;
    const samples = [...moved].filter(here).map((number) => {
      this.#messages[number]! += 1 + scatter(number, this.#second, 20);
      const messages = this.#messages[number]!;
      return [idOf(number), this.#epochs[number]!, messages, messages * 80, now - 3] as const;
    });
    const quality: QualitySample[] = [...links]
      .filter(here)
      .map((number) => qualityOf(number, this.#epochs[number]!, this.#second));
    await writeSamples(this.#redis, this.#keys, node, now, samples, quality);
    const sent = this.#second * 5000;
    const connections = Math.round(this.#options.devices / nodeNames.length);
    const figures = { ts: now, connections, messagesIn: sent, stored: sent, bytesIn: sent * 80, storeUp: 1 };
    await writeStats(this.#redis, this.#keys, node, figures);
    await beatNode(this.#redis, this.#keys, node, now, 'ready');
  }

  /** Whoever is there leaves, whoever is not comes. */
  async #turn(number: number, now: number): Promise<void> {
    const isLeaving = this.#online[number] === 1;
    this.#online[number] = isLeaving ? 0 : 1;
    if (!isLeaving) this.#epochs[number]! += this.#options.devices;
    const facts = isLeaving
      ? {
          type: 'disconnected',
          node: nodeOf(number),
          reason: 'keep-alive-timeout',
          by: 'network',
          messages: 3,
          bytes: 9,
        }
      : { type: 'connected', ...connectionOf(number) };
    const fields = { device: idOf(number), epoch: this.#epochs[number]!, ts: now, ...facts };
    const stream = this.#keys.events(this.#keys.partitionOf(idOf(number)));
    await this.#redis.xadd(stream, 'MAXLEN', '~', 10_000, '*', ...Object.entries(fields).flat());
  }

  #record(number: number): Partial<Record<DeviceRecordField, string | number>> {
    const now = Date.now();
    const since = now - scatter(number, 14, 86_400_000);
    const link = qualityOf(number, this.#epochs[number]!, 0);
    return {
      ...connectionOf(number),
      state: 'online',
      epoch: this.#epochs[number]!,
      expiry: 3600,
      firstSeen: since - 86_400_000,
      connectedAt: since,
      disconnectedAt: 0,
      lastSeen: now - scatter(number, 15, 60_000),
      connects: 1 + scatter(number, 16, 9),
      messages: scatter(number, 17, 1_000_000),
      bytes: scatter(number, 17, 1_000_000) * 80,
      epochMessages: 0,
      epochBytes: 0,
      quality: link.score!,
      band: link.band,
      penalties: JSON.stringify(link.penalties),
      confidence: link.confidence,
      rttMs: link.rttMs!,
      jitterMs: link.jitterMs!,
      lossRatio: link.lossRatio!,
      sources: JSON.stringify(link.sources),
      flaps: link.flaps,
      qualityAt: now,
      qualityVersion: 1,
    };
  }

  async #register(node: string): Promise<void> {
    const [id, incarnation] = node.split('.') as [string, string];
    const identity = { node, id, incarnation, host: 'bench', pid: 1, version: '0', startedAt: Date.now() };
    await registerNode(this.#redis, this.#keys, identity, { durability: 'always', listeners: '[]' });
    await beatNode(this.#redis, this.#keys, node, Date.now(), 'ready');
  }

  #recordOf(number: number): string {
    return this.#keys.device(this.#keys.partitionOf(idOf(number)), idOf(number));
  }
}
