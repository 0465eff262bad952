import { RecentMap } from './recent-map.ts';

/** How often something happened in the window that goes on, and in the one before. */
interface Slot {
  startMs: number;
  count: number;
  before: number;
}

/**
 * Counts by key over a window that slides: the count of the window before fades as the present one goes on. Two numbers for
 * each key, whatever happens how often; of too many keys those that were quiet for longest are forgotten.
 */
export class WindowCounts {
  #windowMs: number;
  readonly #slots: RecentMap<Slot>;

  constructor(windowMs: number, maxKeys: number) {
    this.#windowMs = windowMs;
    this.#slots = new RecentMap(maxKeys);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Takes another window; what was counted begins anew when it changed. */
  configure(windowMs: number): void {
    if (windowMs === this.#windowMs) return;
    this.#windowMs = windowMs;
    this.#slots.clear();
  }

  /** Counts one. @returns how many there were in the last window, about. @param nowMs monotonic */
  count(key: string, nowMs: number): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, (slot = { startMs: nowMs, count: 0, before: 0 }));
    this.#turn(slot, nowMs);
    slot.count++;
    return slot.count + slot.before * (1 - (nowMs - slot.startMs) / this.#windowMs);
  }

  /** What was counted for the key is settled. */
  forget(key: string): void {
    this.#slots.delete(key);
  }

  #turn(slot: Slot, nowMs: number): void {
    const windows = Math.floor((nowMs - slot.startMs) / this.#windowMs);
    if (windows <= 0) return;
    slot.before = windows === 1 ? slot.count : 0;
    slot.count = 0;
    slot.startMs += windows * this.#windowMs;
  }
}
