import {
  readSessionView,
  readTimeline,
  type Keys,
  type Store,
  type TimelineLine,
} from '@tributary/backplane';
import type {
  DeviceDetail,
  DeviceHistory,
  DeviceSession,
  DeviceTraffic,
  QualityPoint,
  Timeline,
  TimelineEntry,
} from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { HttpProblem } from '../http/problem.ts';
import { ReadingLine } from '../history/reading-line.ts';
import { limitsOf, type RangeRequest } from '../history/span.ts';
import { ask } from '../redis/ask.ts';
import { sessionLengths } from './session-lengths.ts';
import { toPoint } from './timeline-entry.ts';
import { sampleTraffic } from './traffic.ts';
import { entriesOf, isMeasured, pointOf, type WatchedDevices } from './watched-devices.ts';

export interface StoryParts {
  store: Store;
  /** Undefined while no gateway has ever used the namespace. */
  keys: () => Keys | undefined;
  clock: Clock;
  watched: WatchedDevices;
  /** What is known of a device now; undefined when it has no record. */
  detailOf: (id: string) => DeviceDetail | undefined;
}

/** Lines read for one answer; a timeline has about 128 as it is shipped. */
const maxLines = 1000;
const maxSubscriptions = 1000;
/** Samples of traffic under way: each fetches up to 4 MB. */
const trafficLimits = { maxRunning: 2, maxWaiting: 30 };

/** What the page of one device is made of, read from Redis when it is asked for. */
export class DeviceStory {
  readonly #parts: StoryParts;
  readonly #trafficLine = new ReadingLine(trafficLimits);

  constructor(parts: StoryParts) {
    this.#parts = parts;
  }

  /**
   * Quality and events of a stretch of time; while Redis is away, of a device that is watched, what came in since.
   * @throws HttpProblem 400 `bad-range`, 404 `device-not-found`, 503 `redis-away`
   */
  async history(id: string, range: RangeRequest): Promise<DeviceHistory> {
    const at = this.#parts.clock.now();
    const span = { ...limitsOf(range, at), at };
    const watched = this.#parts.watched.of(id);
    const lines = await this.#lines(id).catch((error: unknown) => {
      if (watched === undefined) throw error;
      return undefined;
    });
    if (lines === undefined) return historyOf(watched?.points ?? [], watched?.entries ?? [], span);
    this.#mustBeKnown(id, lines);
    const sparse = lines.toReversed().flatMap((line) => toPoint(line) ?? []);
    const points = joinPoints(sparse, watched?.points ?? this.#newestPoint(id));
    return historyOf(points, entriesOf(lines).toReversed(), span);
  }

  #newestPoint(id: string): QualityPoint[] {
    const detail = this.#parts.detailOf(id);
    return detail !== undefined && isMeasured(detail) ? [pointOf(detail)] : [];
  }

  /** What happened to it, newest first. @param before id of the last entry of the page before */
  async timeline(id: string, limit: number, before: string | undefined): Promise<Timeline> {
    const newest = await this.#lines(id);
    this.#mustBeKnown(id, newest);
    const lines = before === undefined ? newest : await this.#lines(id, before);
    const entries = entriesOf(lines);
    const items = entries.slice(0, limit);
    const hasMore = entries.length > limit || lines.length === maxLines;
    const nextCursor = hasMore ? (items.at(-1)?.id ?? lines.at(-1)!.id) : null;
    return { items, nextCursor, sessions: sessionLengths(newest), at: this.#parts.clock.now() };
  }

  async session(id: string): Promise<DeviceSession> {
    const keys = this.#keys(id);
    const view = await ask(this.#parts.store, (redis) => readSessionView(redis, keys, id, maxSubscriptions));
    if (view === undefined) this.#mustBeKnown(id, []);
    const at = this.#parts.clock.now();
    if (view === undefined) return { ...noSession, at };
    return {
      ...view,
      isKept: true,
      subscriptions: view.subscriptions.map((one) => ({ ...one, identifier: one.identifier ?? null })),
      queue: { ...view.queue, oldestAt: view.queue.oldestAt ?? null },
      at,
    };
  }

  /** @throws HttpProblem 404 `device-not-found`, 503 `redis-away` or `too-many-questions` */
  async traffic(id: string): Promise<DeviceTraffic> {
    const keys = this.#keys(id);
    const sample = await this.#trafficLine.run(() =>
      ask(this.#parts.store, (redis) => sampleTraffic(redis, keys, id)),
    );
    if (sample.sampled.ofDevice === 0) this.#mustBeKnown(id, []);
    return { ...sample, at: this.#parts.clock.now() };
  }

  async #lines(id: string, before?: string): Promise<TimelineLine[]> {
    const keys = this.#keys(id);
    return ask(this.#parts.store, (redis) => readTimeline(redis, keys, id, maxLines, before));
  }

  #keys(id: string): Keys {
    const keys = this.#parts.keys();
    if (keys === undefined || id === '') throw notFound();
    return keys;
  }

  #mustBeKnown(id: string, lines: readonly TimelineLine[]): void {
    if (lines.length === 0 && this.#parts.detailOf(id) === undefined) throw notFound();
  }
}

const notFound = (): HttpProblem =>
  new HttpProblem(404, 'device-not-found', 'no device of this id has a record');

const noSession: Omit<DeviceSession, 'at'> = {
  ...{ isKept: false, expiry: 0, epoch: 0, subscriptions: [], receiving: 0, releasing: 0, hasWill: false },
  queue: { length: 0, bytes: 0, dropped: 0, oldestAt: null },
};

function historyOf(
  points: readonly QualityPoint[],
  marks: readonly TimelineEntry[],
  { from, to, at: now }: { from: number; to: number; at: number },
): DeviceHistory {
  // A node's clock may be ahead of ours: what is newest has happened.
  const end = to >= now ? Number.POSITIVE_INFINITY : to;
  const isWithin = ({ at }: { at: number }): boolean => at >= from && at <= end;
  return { from, to, points: points.filter(isWithin), marks: marks.filter(isWithin), at: now };
}

/** Sparse points until the fine ones begin. */
function joinPoints(sparse: readonly QualityPoint[], fine: readonly QualityPoint[]): QualityPoint[] {
  const since = fine[0]?.at ?? Number.POSITIVE_INFINITY;
  return [...sparse.filter(({ at }) => at < since), ...fine];
}
