import { isReplyError, lookAtStreams, readPending, type Keys, type Store } from '@tributary/backplane';
import { maxPartitionRows, type PendingList, type Streams } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import type { Fleet } from '../fleet/fleet.ts';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';
import { behind } from './behind.ts';
import { groupTotals, type GroupTotal } from './group-totals.ts';
import { PartitionDevices } from './partition-devices.ts';
import { PartitionStates } from './partition-state.ts';
import { readRedisFigures } from './redis-figures.ts';

/** While somebody watches; and for the alarms, while nobody does. */
const watchedEveryMs = 1000;
const unwatchedEveryMs = 10_000;
/** Streams of one look, about 50 µs of Redis each; of more partitions each look takes the next ones. */
const partitionsPerLook = 64;

/**
 * The uplink streams and their groups, looked at by one clockwork for everybody: each second while the page is open,
 * seldom otherwise. It reads, and never makes a group.
 */
export class StreamWatch {
  readonly #parts: { store: Store; clock: Clock; fleet: Fleet };
  readonly #states = new PartitionStates();
  readonly #devices = new PartitionDevices();
  #partitions = 0;
  #next = 0;
  #viewers = 0;
  #redis: Streams['redis'] = null;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #version = 0;

  constructor(parts: { store: Store; clock: Clock; fleet: Fleet }) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), watchedEveryMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Somebody looks at the page. @returns what ends it */
  watch(): () => void {
    this.#viewers++;
    let isHere = true;
    void this.look().catch(() => undefined);
    return () => {
      if (isHere) this.#viewers--;
      isHere = false;
    };
  }

  /** Grows with every look. */
  get version(): number {
    return this.#version;
  }

  /** Looks at the next partitions. Whoever asks meanwhile waits for the same look. @throws HttpProblem 503 `redis-away` */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** As last seen; a look comes first when the last is old. @throws HttpProblem 503 when nothing was ever seen */
  async fresh(): Promise<Streams> {
    const isOld = this.#parts.clock.monotonic() - this.#lookedAt >= 2 * watchedEveryMs;
    if (isOld) {
      await this.look().catch((error: unknown) => {
        if (this.#states.size === 0) throw error;
      });
    }
    return this.streams();
  }

  streams(): Streams {
    const { clock, fleet } = this.#parts;
    return {
      partitions: this.#listed().map((partition) =>
        this.#states.view(partition, this.#devices.of(partition)),
      ),
      total: this.#partitions,
      sums: this.#states.sums(),
      maxLength: fleet.nodes.streamMaxLength(),
      queued: fleet.nodes.queued(clock.monotonic()),
      groups: this.groups().map(({ idleMs: _idleMs, behind: _behind, ...group }) => group),
      redis: this.#redis,
      at: clock.now(),
    };
  }

  /** The groups over all partitions, the furthest behind first. */
  groups(): GroupTotal[] {
    return groupTotals([...this.#states.entries()].map(([, look]) => look));
  }

  /** For each group, where it is furthest behind. */
  furthest(): Map<string, { partition: number; lag: number }> {
    const furthest = new Map<string, { partition: number; lag: number }>();
    for (const [partition, look] of this.#states.entries()) {
      for (const group of look.groups) {
        const lag = behind(look, group) + group.pending;
        if (lag > (furthest.get(group.name)?.lag ?? 0)) furthest.set(group.name, { partition, lag });
      }
    }
    return furthest;
  }

  get redis(): Streams['redis'] {
    return this.#redis;
  }

  /** @throws HttpProblem 404 `partition-not-found`, `group-not-found`; 503 `redis-away` */
  async pending(partition: number, group: string, limit: number, after?: string): Promise<PendingList> {
    const { keys } = this.#parts.fleet;
    if (keys === undefined || partition >= keys.partitions)
      throw new HttpProblem(404, 'partition-not-found', 'there is no such partition');
    const entries = await ask(this.#parts.store, (redis) =>
      readPending(redis, keys, partition, group, limit, after),
    ).catch((error: unknown) => {
      if (!isReplyError(error) || !error.message.startsWith('NOGROUP')) throw error;
      throw new HttpProblem(404, 'group-not-found', 'this stream has no such consumer group');
    });
    const items = entries.map((entry) => ({ ...entry, storedAt: Number.parseInt(entry.id, 10) }));
    const nextCursor = entries.length < limit ? null : entries.at(-1)!.id;
    return { items, nextCursor, at: this.#parts.clock.now() };
  }

  #tick(): void {
    const sinceMs = this.#parts.clock.monotonic() - this.#lookedAt;
    if (this.#viewers === 0 && sinceMs < unwatchedEveryMs) return;
    void this.look().catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { store, clock, fleet } = this.#parts;
    const { keys } = fleet;
    if (keys === undefined) return;
    if (keys.partitions !== this.#partitions) this.#begin(keys);
    const partitions = this.#nextPartitions();
    await ask(store, async (redis) => {
      const [looks, figures] = await Promise.all([
        lookAtStreams(redis, keys, partitions),
        readRedisFigures(redis),
      ]);
      const at = clock.monotonic();
      for (const [i, look] of looks.entries()) if (look) this.#states.saw(partitions[i]!, look, at);
      this.#redis = figures;
      this.#lookedAt = at;
    });
    this.#devices.step(fleet.index, keys.partitions);
    this.#version++;
  }

  #begin({ partitions }: Keys): void {
    this.#states.clear();
    this.#partitions = partitions;
    this.#next = 0;
  }

  #nextPartitions(): number[] {
    const count = Math.min(partitionsPerLook, this.#partitions);
    const chosen = Array.from({ length: count }, (_, i) => (this.#next + i) % this.#partitions);
    this.#next = (this.#next + count) % this.#partitions;
    return chosen;
  }

  /** All of them, or of many those whose groups are furthest behind; in order of partition. */
  #listed(): number[] {
    const seen = [...this.#states.entries()].map(([partition, look]) => {
      const waiting = look.groups.reduce((sum, group) => sum + behind(look, group) + group.pending, 0);
      return { partition, waiting, length: look.length };
    });
    return seen
      .sort((a, b) => b.waiting - a.waiting || b.length - a.length)
      .slice(0, maxPartitionRows)
      .map(({ partition }) => partition)
      .sort((a, b) => a - b);
  }
}
