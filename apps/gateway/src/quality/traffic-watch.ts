/** A device has shown a rhythm once it has sent this many times. */
const minBursts = 3;
/** Silence this many times as long as the longest before is out of rhythm. */
const outOfRhythm = 3;

/**
 * Watches for connections that say PINGREQ and nothing else any more. Only a device that has sent messages can fall
 * silent, and only by its own measure: one that reports once an hour is not dead after ten minutes.
 */
export class TrafficWatch {
  #traffic = 0;
  #bursts = 0;
  #lastMs: number;
  #longestGapMs = 0;

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** `traffic`: messages so far, in either direction. */
  update(traffic: number, nowMs: number): void {
    if (traffic === this.#traffic) return;
    this.#traffic = traffic;
    if (++this.#bursts > 1) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  /** Whether it has been silent for `limitMs`, and far longer than ever before. */
  isSilent(limitMs: number, nowMs: number): boolean {
    const silentMs = nowMs - this.#lastMs;
    return this.#bursts >= minBursts && silentMs >= limitMs && silentMs >= this.#longestGapMs * outOfRhythm;
  }
}
