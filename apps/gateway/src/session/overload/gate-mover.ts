import type { Gates } from './gates.ts';

/** How often connections are let on, ms: in a busy node once in each turn of the event loop. */
const moveMs = 2;
/** How often what is held is looked at, and who waits, ms. */
const releaseMs = 10;
const sweepMs = 240;

/** Moves the gates of a node while there are any. */
export class GateMover {
  readonly #gates: Gates;
  readonly #monotonic: () => number;
  readonly #hasRoom: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #releaseAtMs = 0;
  #sweepAtMs = 0;

  /** @param hasRoom whether what is held may be handed on */
  constructor(gates: Gates, monotonic: () => number, hasRoom: () => boolean) {
    this.#gates = gates;
    this.#monotonic = monotonic;
    this.#hasRoom = hasRoom;
  }

  /** Idempotent, as `stop`. */
  start(): void {
    this.#timer ??= setInterval(() => this.#move(), moveMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #move(): void {
    const nowMs = this.#monotonic();
    if (nowMs >= this.#sweepAtMs) {
      this.#sweepAtMs = nowMs + sweepMs;
      this.#gates.sweep();
    }
    this.#gates.move();
    if (nowMs < this.#releaseAtMs) return;
    this.#releaseAtMs = nowMs + releaseMs;
    if (this.#hasRoom()) this.#gates.release();
  }
}
