/** Two ticks a message at a slow pace, and never more than one in 2 ms. */
const tickMs = (perSecond: number): number => Math.min(50, Math.max(2, 500 / perSecond));
/** Beyond this the generator itself was late; what it missed is skipped and counted instead of sent in a burst. */
const mostArrearsMs = 1000;

/**
 * Calls `send(k)` for k = 0, 1, 2 … evenly spread over time, from one timer. Message k is due at `k / perSecond`, so
 * a device that takes every Nth message has its own even beat and no two beats fall together.
 */
export class Pacer {
  readonly #perSecond: number;
  readonly #send: (k: number) => void;
  readonly #timer: NodeJS.Timeout;
  #startMs: number;
  #next = 0;
  /** Messages never sent because this process was late. */
  skipped = 0;

  constructor(perSecond: number, send: (k: number) => void) {
    this.#perSecond = perSecond;
    this.#send = send;
    this.#startMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs(perSecond));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const due = Math.floor(((performance.now() - this.#startMs) / 1000) * this.#perSecond);
    const arrears = due - this.#next - Math.ceil((this.#perSecond * mostArrearsMs) / 1000);
    if (arrears > 0) {
      this.skipped += arrears;
      this.#startMs += (arrears / this.#perSecond) * 1000;
    }
    const until = arrears > 0 ? due - arrears : due;
    while (this.#next < until) this.#send(this.#next++);
  }
}
