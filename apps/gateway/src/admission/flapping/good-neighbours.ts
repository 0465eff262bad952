import { RecentMap } from './recent-map.ts';

/** How long a source stays known for the devices that have left it, ms. A site that loses its uplink comes back as a whole. */
const rememberedMs = 24 * 3600_000;
/** The most sources remembered that have no device here now. */
const maxPast = 10_000;

/** How many devices that somebody vouches for stand behind each source: now, and within the last day. */
export class GoodNeighbours {
  /** Devices connected now; as bounded as connections are. */
  readonly #now = new Map<string, number>();
  /** Source → the most there were at a time, and when that was last so. */
  readonly #past = new RecentMap<{ most: number; atMs: number }>(maxPast);

  /** A device came in. */
  begun(source: string): void {
    this.#now.set(source, (this.#now.get(source) ?? 0) + 1);
  }

  /** It has left. @param nowMs monotonic */
  left(source: string, nowMs: number): void {
    const count = this.#now.get(source);
    if (count === undefined) return;
    if (count > 1) this.#now.set(source, count - 1);
    else this.#now.delete(source);
    this.#remember(source, count, nowMs);
  }

  /** How many are or lately were there. @param nowMs monotonic */
  countAt(source: string, nowMs: number): number {
    const past = this.#past.get(source);
    const most = past === undefined || nowMs - past.atMs > rememberedMs ? 0 : past.most;
    return Math.max(most, this.#now.get(source) ?? 0);
  }

  #remember(source: string, count: number, nowMs: number): void {
    const past = this.#past.get(source);
    const isOver = past === undefined || nowMs - past.atMs > rememberedMs;
    this.#past.set(source, { most: isOver ? count : Math.max(count, past.most), atMs: nowMs });
  }
}
