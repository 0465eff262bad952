/** The most fades by half in some eight seconds of looks. */
const forgetting = 0.98;

/** How many a second there were at the most lately: what a node takes while it is held up says nothing of what it can take. */
export class PeakRate {
  #before = 0;
  #atMs: number;
  #perSecond = 0;

  /** @param nowMs monotonic */
  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** @param total since the start; @param nowMs monotonic */
  look(total: number, nowMs: number): void {
    const seconds = (nowMs - this.#atMs) / 1000;
    if (seconds <= 0) return;
    this.#perSecond = Math.max((total - this.#before) / seconds, this.#perSecond * forgetting);
    this.#before = total;
    this.#atMs = nowMs;
  }
}
