import {
  readTimeline,
  readTimelineAfter,
  type Keys,
  type Store,
  type TimelineLine,
} from '@tributary/backplane';
import type { DeviceDetail, QualityPoint, TimelineEntry } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { toEntry } from './timeline-entry.ts';

const lookMs = 1000;
/** Points of a quarter of an hour: one comes with each window of 5 s. */
const pointsMs = 15 * 60_000;
const maxPoints = 240;
const maxEntries = 100;
const linesPerLook = 50;
/** A page that is opened again within this time still has its points. */
const keptMs = 60_000;
const maxWatched = 200;

/** A device somebody looks at. */
export interface Watched {
  /** The last quarter of an hour, oldest first, as far as it was watched. */
  readonly points: readonly QualityPoint[];
  /** What was added to its timeline while it was watched, oldest first. */
  readonly entries: readonly TimelineEntry[];
}

interface Watch {
  viewers: number;
  leftAt: number;
  points: QualityPoint[];
  entries: TimelineEntry[];
  /** Id of the last line read; undefined before the first look. */
  lastLine: string | undefined;
}

export interface WatchParts {
  store: Store;
  /** Undefined while no gateway has ever used the namespace. */
  keys: () => Keys | undefined;
  clock: Clock;
  /** What is known of a device now; undefined when it has no record. */
  detailOf: (id: string) => DeviceDetail | undefined;
}

/**
 * Devices whose pages are open: their quality as it comes in, and their timelines, read once a second. Nothing is kept of
 * others, so this costs by the open pages and not by the fleet.
 */
export class WatchedDevices {
  readonly #parts: WatchParts;
  readonly #watches = new Map<string, Watch>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#watches.size;
  }

  /** What there is of a device that is, or just was, watched. */
  of(id: string): Watched | undefined {
    return this.#watches.get(id);
  }

  /** Begins to watch. @returns what ends it */
  watch(id: string): { watched: Watched; leave: () => void } {
    const known = this.#watches.get(id);
    const watch = known ?? this.#begin(id);
    watch.viewers++;
    if (known === undefined) void this.look();
    this.#timer ??= setInterval(() => void this.look(), lookMs).unref();
    let isHere = true;
    const leave = (): void => {
      if (!isHere) return;
      isHere = false;
      watch.viewers--;
      watch.leftAt = this.#parts.clock.monotonic();
    };
    return { watched: watch, leave };
  }

  /** One look at every watched device; whoever asks meanwhile waits for the same look. */
  look(): Promise<void> {
    this.#forgetLeft();
    for (const [id, watch] of this.#watches) this.#notePoint(id, watch);
    this.#looking ??= this.#readAll().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watches.clear();
  }

  #begin(id: string): Watch {
    if (this.#watches.size >= maxWatched) this.#dropOne();
    const watch: Watch = { viewers: 0, leftAt: 0, points: [], entries: [], lastLine: undefined };
    this.#watches.set(id, watch);
    this.#notePoint(id, watch);
    return watch;
  }

  #dropOne(): void {
    for (const [id, { viewers }] of this.#watches) if (viewers === 0) return void this.#watches.delete(id);
  }

  #forgetLeft(): void {
    const at = this.#parts.clock.monotonic();
    for (const [id, { viewers, leftAt }] of this.#watches) {
      if (viewers === 0 && at - leftAt >= keptMs) this.#watches.delete(id);
    }
    if (this.#watches.size === 0) this.stop();
  }

  #notePoint(id: string, watch: Watch): void {
    const detail = this.#parts.detailOf(id);
    if (detail === undefined || !isMeasured(detail)) return;
    if (detail.qualityAt <= (watch.points.at(-1)?.at ?? 0)) return;
    watch.points.push(pointOf(detail));
    const since = detail.qualityAt - pointsMs;
    watch.points = watch.points.filter(({ at }) => at >= since).slice(-maxPoints);
  }

  async #readAll(): Promise<void> {
    try {
      await Promise.all([...this.#watches].map(([id, watch]) => this.#readLines(id, watch)));
    } catch {
      // Redis is away; the lines are still there when it is back.
    }
  }

  async #readLines(id: string, watch: Watch): Promise<void> {
    const { store } = this.#parts;
    const keys = this.#parts.keys();
    if (keys === undefined || !store.isUp) return;
    const { redis } = store;
    if (watch.lastLine === undefined) {
      watch.lastLine = (await readTimeline(redis, keys, id, 1))[0]?.id ?? '0-0';
      return;
    }
    const lines = await readTimelineAfter(redis, keys, id, linesPerLook, watch.lastLine);
    watch.lastLine = lines.at(-1)?.id ?? watch.lastLine;
    watch.entries.push(...entriesOf(lines));
    watch.entries = watch.entries.slice(-maxEntries);
  }
}

/** True while somebody can say how its link is now. */
export const isMeasured = (detail: DeviceDetail): boolean =>
  detail.qualityAt > 0 && detail.state === 'connected';

/** Lines as operators read them; those that are only drawn are left out. */
export function entriesOf(lines: readonly TimelineLine[]): TimelineEntry[] {
  return lines.map(toEntry).filter((entry) => entry !== undefined);
}

/** The newest figures as a point. */
export function pointOf(detail: DeviceDetail): QualityPoint {
  const { qualityAt, score, penalties, rttMs, jitterMs, lossRatio } = detail;
  return { at: qualityAt, score, penalties: score === null ? null : penalties, rttMs, jitterMs, lossRatio };
}
