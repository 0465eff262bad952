import type { Gates } from './gates.ts';

/** How often the lines of paused connections move, ms; and every how many moves what is held is looked at, and who waits. */
const moveMs = 20;
const movesPerRelease = 5;
const movesPerSweep = 12;

/** Moves the gates of a node while there are any. */
export class GateMover {
  readonly #gates: Gates;
  readonly #hasRoom: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #moves = 0;

  /** @param hasRoom whether what is held may be handed on */
  constructor(gates: Gates, hasRoom: () => boolean) {
    this.#gates = gates;
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
    this.#moves++;
    this.#gates.move();
    if (this.#moves % movesPerRelease === 0 && this.#hasRoom()) this.#gates.release();
    if (this.#moves % movesPerSweep === 0) this.#gates.sweep();
  }
}
