/**
 * What the bytes of one connection say of its link: how long it was silent, and how long its socket refused bytes.
 * Monotonic ms.
 */
export class LinkSignals {
  /** When it was heard last, to half a second and never too late. */
  heardMs: number;
  /** Since it was last asked for. */
  #longestSilenceMs = 0;
  /** The socket refuses bytes since then; 0: it takes them. Exact, unlike those above. */
  #blockedSinceMs = 0;
  #stalledMs = 0;

  constructor(nowMs: number) {
    this.heardMs = nowMs;
  }

  heard(nowMs: number): void {
    const silenceMs = nowMs - this.heardMs;
    if (silenceMs > this.#longestSilenceMs) this.#longestSilenceMs = silenceMs;
    this.heardMs = nowMs;
  }

  /** The longest silence since this was last asked, that of now included. */
  takeSilenceMs(presentMs: number): number {
    const longestMs = Math.max(this.#longestSilenceMs, presentMs);
    this.#longestSilenceMs = 0;
    return longestMs;
  }

  get isBlocked(): boolean {
    return this.#blockedSinceMs !== 0;
  }
  blocked(nowMs: number): void {
    this.#blockedSinceMs = nowMs;
  }
  unblocked(nowMs: number): void {
    this.#noteStall(nowMs);
    this.#blockedSinceMs = 0;
  }

  /** How long the socket refused bytes since this was last asked. */
  takeStalledMs(nowMs: number): number {
    this.#noteStall(nowMs);
    const stalledMs = this.#stalledMs;
    this.#stalledMs = 0;
    return stalledMs;
  }

  #noteStall(nowMs: number): void {
    if (this.#blockedSinceMs === 0) return;
    this.#stalledMs += nowMs - this.#blockedSinceMs;
    this.#blockedSinceMs = nowMs;
  }
}
