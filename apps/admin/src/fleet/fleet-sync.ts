import { Keys } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import { connectRedis, withoutSecrets, type RedisOptions } from '../redis/connect.ts';
import { pause } from './feeders/follow.ts';
import { keepSparks } from './feeders/keep-sparks.ts';
import { feedNodes } from './feeders/node-feeder.ts';
import { lookAtNodes, pollNodes, type PollParts } from './feeders/node-poll.ts';
import { feedPresence, notePositions } from './feeders/presence-feeder.ts';
import type { Fleet } from './fleet.ts';
import { FleetIndex } from './fleet-index.ts';
import { prune } from './prune.ts';
import { readSnapshot } from './snapshot.ts';

export interface SyncOptions {
  redis: RedisOptions & { namespace: string };
  maxDevices: number;
}

const firstRetryMs = 250;
const lastRetryMs = 5000;
const waitForGatewayMs = 1000;

/**
 * Keeps the fleet true to Redis. One *sitting* is: connect, note where the streams stand, read a snapshot, follow. Any
 * failure ends the sitting; the fleet is served from memory and marked `down` until the next one has read its snapshot.
 */
export class FleetSync {
  readonly #fleet: Fleet;
  readonly #options: SyncOptions;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(fleet: Fleet, options: SyncOptions, logger: Logger) {
    this.#fleet = fleet;
    this.#options = options;
    this.#logger = logger;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let attempts = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#sit(() => (attempts = 0));
      } catch (err) {
        if (this.#stop.signal.aborted) return;
        this.#fleet.redis = { ...this.#fleet.redis, state: 'down' };
        const retryMs = Math.min(lastRetryMs, firstRetryMs * 2 ** attempts++);
        const redis = withoutSecrets(this.#options.redis.url);
        this.#logger.warn(
          { redis, reason: (err as Error).message, retryMs },
          'Redis is away, serving from memory',
        );
        await pause(retryMs, this.#stop.signal);
      }
    }
  }

  async #sit(onAnswered: () => void): Promise<void> {
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, this.#stop.signal]);
    const open: Redis[] = [];
    const connect = async (role: string): Promise<Redis> => {
      const redis = await connectRedis(this.#options.redis, role);
      open.push(redis);
      return redis;
    };
    const closeAll = (): void => open.forEach((redis) => redis.disconnect());
    this.#stop.signal.addEventListener('abort', closeAll, { once: true });
    try {
      const reader = await connect('reader');
      const partitions = await this.#awaitPartitions(reader, onAnswered, signal);
      if (partitions === undefined) return;
      const keys = new Keys(this.#options.redis.namespace, partitions);
      this.#fleet.keys = keys;
      const [events, nodeStreams] = [await connect('events'), await connect('nodes')];
      const positions = await notePositions(reader, keys);
      const index = await this.#readIndex(reader, keys, signal);
      if (signal.aborted) return;

      const { nodes, clock } = this.#fleet;
      await Promise.all([
        feedPresence(events, positions, index, (id, fields) => this.#fleet.onEvent?.(id, fields), signal),
        feedNodes(reader, nodeStreams, { keys, index, nodes, clock }, signal),
        pollNodes(reader, this.#pollParts(keys, onAnswered), signal),
        this.#watchPartitions(reader, keys, signal),
        prune(reader, keys, index, signal),
        keepSparks(index, clock, signal),
      ]);
    } finally {
      this.#stop.signal.removeEventListener('abort', closeAll);
      ending.abort();
      closeAll();
    }
  }

  async #readIndex(reader: Redis, keys: Keys, signal: AbortSignal): Promise<FleetIndex> {
    const { clock } = this.#fleet;
    const startedAt = clock.monotonic();
    if (this.#fleet.phase === 'waiting') this.#fleet.phase = 'reading';
    const index = new FleetIndex({ maxDevices: this.#options.maxDevices });
    await readSnapshot(reader, keys, index, signal);
    if (signal.aborted) return index;
    this.#fleet.replaceIndex(index);
    this.#fleet.phase = 'live';
    const tookMs = Math.round(clock.monotonic() - startedAt);
    this.#logger.info({ devices: index.size, partitions: keys.partitions, tookMs }, 'fleet read');
    return index;
  }

  /** The partition count the first gateway stored. Until there is one, the fleet is empty and `waiting`. */
  async #awaitPartitions(
    reader: Redis,
    onAnswered: () => void,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const keys = new Keys(this.#options.redis.namespace, 1);
    while (!signal.aborted) {
      const partitions = await readPartitions(reader, keys);
      if (partitions !== undefined) return partitions;
      this.#fleet.phase = 'waiting';
      await lookAtNodes(reader, this.#pollParts(keys, onAnswered));
      await pause(waitForGatewayMs, signal);
    }
    return undefined;
  }

  /** Ends the sitting when the namespace was emptied or laid out anew under our feet. */
  async #watchPartitions(reader: Redis, keys: Keys, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const partitions = await readPartitions(reader, keys);
      if (partitions !== keys.partitions) {
        this.#fleet.replaceIndex(new FleetIndex({ maxDevices: this.#options.maxDevices }));
        this.#fleet.phase = 'waiting';
        this.#fleet.keys = undefined;
        throw new Error(`the namespace has ${partitions ?? 'no'} partitions now, ${keys.partitions} before`);
      }
      await pause(waitForGatewayMs, signal);
    }
  }

  #pollParts(keys: Keys, onAnswered: () => void): PollParts {
    const { nodes, clock } = this.#fleet;
    return {
      keys,
      nodes,
      clock,
      index: () => this.#fleet.index,
      onAnswer: () => {
        this.#fleet.redis = { state: 'up', asOf: clock.now() };
        onAnswered();
      },
    };
  }
}

async function readPartitions(redis: Redis, keys: Keys): Promise<number | undefined> {
  const stored = Number(await redis.hget(keys.meta, 'partitions'));
  return Number.isInteger(stored) && stored >= 1 && stored <= 4096 ? stored : undefined;
}
