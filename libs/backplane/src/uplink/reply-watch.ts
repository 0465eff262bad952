/** Gives a link up on which something is sent and nothing answered for too long. */
export class ReplyWatch {
  readonly #timeoutMs: number;
  readonly #monotonic: () => number;
  #lastProgressMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, monotonic: () => number) {
    this.#timeoutMs = timeoutMs;
    this.#monotonic = monotonic;
  }

  /** `isWaiting`: whether a reply is due at all; `giveUp` is told why. */
  start(isWaiting: () => boolean, giveUp: (why: string) => void): void {
    const look = (): void => {
      const silentMs = this.#monotonic() - this.#lastProgressMs;
      if (isWaiting() && silentMs > this.#timeoutMs) giveUp(`no reply for ${Math.round(silentMs)} ms`);
    };
    this.#timer = setInterval(look, Math.max(50, this.#timeoutMs / 5));
    this.#timer.unref();
  }

  /** A flush was sent, or replies came. */
  progressed(): void {
    this.#lastProgressMs = this.#monotonic();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
