import {
  type DeviceSample,
  type DeviceTouch,
  type Keys,
  type Store,
  touchDevices,
  writeSamples,
} from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';

export interface FiguresOptions {
  readonly registry: SessionRegistry;
  readonly store: Store;
  readonly keys: Keys;
  readonly nodeName: () => string;
  readonly now: () => number;
  readonly logger: Logger;
  /** How often devices that moved are told to the dashboard, ms. */
  readonly sampleIntervalMs: number;
  /** How often a connected device's record is written, ms. */
  readonly recordIntervalMs: number;
}

const recordTickMs = 1000;
const touchBatch = 100;

/** Tells what the devices of this node did: samples of those that moved, and each record once an interval. */
export class Figures {
  readonly #options: FiguresOptions;
  #timers: NodeJS.Timeout[] = [];
  #isBusy = false;

  constructor(options: FiguresOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.#quietly(() => this.#writeSamples()), this.#options.sampleIntervalMs),
      setInterval(() => void this.#quietly(() => this.#writeRecords()), recordTickMs),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #quietly(write: () => Promise<void>): Promise<void> {
    const { store, logger } = this.#options;
    if (this.#isBusy || !store.isUp) return;
    this.#isBusy = true;
    try {
      await write();
    } catch (error) {
      if (store.isUp) logger.warn({ err: error }, 'writing device figures failed');
    } finally {
      this.#isBusy = false;
    }
  }

  async #writeSamples(): Promise<void> {
    const { registry, store, keys, nodeName, now } = this.#options;
    const samples: DeviceSample[] = [];
    for (const session of registry.all()) {
      if (session.upstream.messages === session.sampledMessages) continue;
      session.sampledMessages = session.upstream.messages;
      samples.push([
        session.clientId,
        session.epoch,
        session.upstream.messages,
        session.upstream.bytes,
        session.connection.heardAt,
      ]);
    }
    if (samples.length > 0) await writeSamples(store.redis, keys, nodeName(), now(), samples);
  }

  /** Those whose turn it is; their connect times spread them over the interval. */
  async #writeRecords(): Promise<void> {
    const { registry, keys, now, recordIntervalMs } = this.#options;
    const due = now() - recordIntervalMs;
    const byPartition = new Map<number, Session[]>();
    for (const session of registry.all()) {
      if (session.recordedAt > due) continue;
      session.recordedAt = now();
      const partition = keys.partitionOf(session.clientId);
      const sessions = byPartition.get(partition);
      if (sessions === undefined) byPartition.set(partition, [session]);
      else sessions.push(session);
    }
    for (const [partition, sessions] of byPartition) {
      for (let from = 0; from < sessions.length; from += touchBatch) {
        await this.#touch(partition, sessions.slice(from, from + touchBatch));
      }
    }
  }

  async #touch(partition: number, sessions: readonly Session[]): Promise<void> {
    const { store, keys, nodeName, registry, now } = this.#options;
    const touches: DeviceTouch[] = sessions.map((session) => ({
      clientId: session.clientId,
      nonce: session.nonce,
      lastSeen: session.connection.heardAt,
      messages: session.upstream.messages,
      bytes: session.upstream.bytes,
    }));
    const { superseded, lost } = await touchDevices(store.redis, keys, partition, nodeName(), now(), touches);
    for (const [i, session] of sessions.entries()) {
      session.recordedMessages = touches[i]!.messages;
      session.recordedBytes = touches[i]!.bytes;
    }
    const close = (ids: readonly string[], reason: CloseReason): void => {
      const own = new Set(ids);
      for (const session of sessions) {
        if (own.has(session.clientId) && registry.get(session.clientId) === session) session.close(reason);
      }
    };
    if (superseded.length > 0) close(superseded, 'superseded');
    // Redis lost the claim, in a crash or a failover: the device has to make it again.
    if (lost.length > 0) close(lost, 'node-lost');
  }
}
