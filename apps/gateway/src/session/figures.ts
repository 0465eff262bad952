import {
  type DeviceSample,
  type DeviceTouch,
  type Keys,
  type QualitySample,
  type Store,
  touchDevices,
  writeSamples,
} from '@tributary/backplane';
import type { CloseReason } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import { factsOf } from './quality/told-quality.ts';
import type { SessionRegistry } from './registry.ts';
import type { Session } from './session.ts';

export interface FiguresOptions {
  readonly registry: SessionRegistry;
  readonly store: Store;
  readonly keys: Keys;
  readonly nodeName: () => string;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly logger: Logger;
  /** How often devices that moved are told to the dashboard, ms. */
  readonly sampleIntervalMs: number;
  /** How often a connected device's record is written, ms. */
  readonly recordIntervalMs: number;
  /** About how many lines the timeline of a device keeps. */
  readonly historyLength: number;
  /** Sessions whose links are to be told of, taken out here. */
  readonly news: Set<Session>;
  readonly changedBands: Set<Session>;
}

const recordTickMs = 1000;
const touchBatch = 100;

/**
 * Tells what the devices of this node did and how their links are: samples of those that moved or changed, and each
 * record once an interval and when its band changed. What cannot be written now is written later, as it is then.
 */
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
    const moved: DeviceSample[] = [];
    for (const session of registry.all())
      if (session.upstream.messages !== session.sampledMessages) moved.push(sampleOf(session));
    const changed = this.#takeNews();
    if (moved.length + changed.length > 0)
      await writeSamples(store.redis, keys, nodeName(), now(), moved, changed);
  }

  #takeNews(): QualitySample[] {
    const { news, monotonic } = this.#options;
    const nowMs = monotonic();
    const changed: QualitySample[] = [];
    for (const { clientId, epoch, meter, told } of news) {
      if (meter === undefined || told === undefined) continue;
      told.sampled(meter, nowMs);
      changed.push({ clientId, epoch, ...factsOf(meter) });
    }
    news.clear();
    return changed;
  }

  /** Those whose turn it is, and those whose band changed; their connect times spread them over the interval. */
  async #writeRecords(): Promise<void> {
    const { registry, keys, now, recordIntervalMs, changedBands } = this.#options;
    const due = now() - recordIntervalMs;
    const byPartition = new Map<number, Session[]>();
    for (const session of registry.all()) {
      if (session.recordedAt > due && !changedBands.has(session)) continue;
      const partition = keys.partitionOf(session.clientId);
      const sessions = byPartition.get(partition);
      if (sessions === undefined) byPartition.set(partition, [session]);
      else sessions.push(session);
    }
    // One that is not told now, because Redis fails, is found again in its next window.
    changedBands.clear();
    for (const [partition, sessions] of byPartition) {
      for (let from = 0; from < sessions.length; from += touchBatch) {
        await this.#touch(partition, sessions.slice(from, from + touchBatch));
      }
    }
  }

  async #touch(partition: number, sessions: readonly Session[]): Promise<void> {
    const { store, keys, nodeName, now, monotonic, historyLength } = this.#options;
    const nowMs = monotonic();
    const touches = sessions.map((session) => touchOf(session, nowMs));
    // Before the answer: should there be none, the next turn comes an interval later.
    for (const session of sessions) session.recordedAt = now();
    const touched = await touchDevices(
      ...([store.redis, keys, partition, nodeName(), now(), touches, historyLength] as const),
    );
    for (const [i, session] of sessions.entries()) {
      const { messages, bytes, quality } = touches[i]!;
      session.recordedMessages = messages;
      session.recordedBytes = bytes;
      if (quality !== undefined) session.told!.told(quality, nowMs);
    }
    for (const { clientId, flaps, faults } of touched.troubled) {
      const meter = this.#options.registry.get(clientId)?.meter;
      if (meter !== undefined) Object.assign(meter, { flaps, faults });
    }
    if (touched.superseded.length > 0) this.#close(sessions, touched.superseded, 'superseded');
    // Redis lost the claim, in a crash or a failover: the device has to make it again.
    if (touched.lost.length > 0) this.#close(sessions, touched.lost, 'node-lost');
  }

  #close(sessions: readonly Session[], ids: readonly string[], reason: CloseReason): void {
    const own = new Set(ids);
    for (const session of sessions) {
      const isOurs = this.#options.registry.get(session.clientId) === session;
      if (own.has(session.clientId) && isOurs) session.close(reason);
    }
  }
}

function sampleOf(session: Session): DeviceSample {
  session.sampledMessages = session.upstream.messages;
  const { messages, bytes } = session.upstream;
  return [session.clientId, session.epoch, messages, bytes, session.connection.heardAt];
}

function touchOf(session: Session, nowMs: number): DeviceTouch {
  const { clientId, nonce, meter, told, connection, upstream } = session;
  const isMeasured = meter?.figures !== undefined && told !== undefined;
  return {
    clientId,
    nonce,
    lastSeen: connection.heardAt,
    messages: upstream.messages,
    bytes: upstream.bytes,
    quality: isMeasured ? { facts: factsOf(meter), tell: told.telling(meter, nowMs) } : undefined,
  };
}
