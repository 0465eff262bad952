/** Something that must be heard of by a deadline. Kept by the wheel it is in; in one wheel at a time. */
export abstract class Timed {
  /** Place in the wheel; -1 outside. Kept by the wheel. */
  slot = -1;
  index = -1;
  dueMs = 0;
  /** The deadline passed. Calls `arm` again to be told again. */
  abstract onDue(nowMs: number): void;
}

const slots = 512;
export const tickMs = 500;
/** Who is due together is told for so long in one turn of the loop, ms: thousands must not hold up everybody else. */
const turnMs = 2;

/**
 * The one timer for all keep-alives and handshakes: a hashed timing wheel (Varghese and Lauck 1987, scheme 6) with a
 * resolution of half a second, unless another is asked for. Arming, moving and removing cost the same for ten connections
 * and a hundred thousand.
 */
export class Deadlines {
  /** Monotonic ms of the last tick: a clock for "heard of lately" that costs nothing to read. Never ahead of time. */
  nowMs: number;
  readonly #monotonic: () => number;
  readonly #everyMs: number;
  readonly #wheel: Timed[][] = Array.from({ length: slots }, () => []);
  #at: number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Due, and not told yet from `#told` on. */
  #due: Timed[] = [];
  #told = 0;
  #rest: NodeJS.Immediate | undefined;
  #nextTick: NodeJS.Immediate | undefined;

  /** `everyMs`: its resolution. */
  constructor(monotonic: () => number, everyMs = tickMs) {
    this.#monotonic = monotonic;
    this.#everyMs = everyMs;
    this.nowMs = monotonic();
    this.#at = Math.floor(this.nowMs / everyMs);
  }

  /** How many wait for their deadline. */
  get size(): number {
    return this.#size;
  }

  /** Monotonic ms, exactly. */
  exactMs(): number {
    return this.#monotonic();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tickSoon(), this.#everyMs);
  }

  /** Behind what the sockets have: after a stall of the process it is heard before anybody is called silent. */
  #tickSoon(): void {
    this.nowMs = this.#monotonic();
    this.#nextTick ??= setImmediate(() => {
      this.#nextTick = undefined;
      this.tick();
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    clearImmediate(this.#nextTick);
    this.#nextTick = undefined;
    clearImmediate(this.#rest);
    this.#rest = undefined;
  }

  /** Sets or moves the deadline of `timed` to `inMs` from now; it is told at the first tick after that. */
  arm(timed: Timed, inMs: number): void {
    this.disarm(timed);
    timed.dueMs = this.#monotonic() + inMs;
    const slot = Math.max(Math.ceil(timed.dueMs / this.#everyMs), this.#at + 1) % slots;
    const entries = this.#wheel[slot]!;
    timed.slot = slot;
    timed.index = entries.length;
    entries.push(timed);
    this.#size++;
  }

  disarm(timed: Timed): void {
    if (timed.slot < 0) return;
    const entries = this.#wheel[timed.slot]!;
    const last = entries.pop()!;
    if (last !== timed) {
      entries[timed.index] = last;
      last.index = timed.index;
    }
    timed.slot = -1;
    timed.index = -1;
    this.#size--;
  }

  /** Tells what is due by now, a part of it in each turn when that takes long. Called by the timer; by tests with a clock of their own. */
  tick(): void {
    this.nowMs = this.#monotonic();
    const target = Math.floor(this.nowMs / this.#everyMs);
    // After a long stall one round visits every slot: more would visit them twice.
    this.#at = Math.max(this.#at, target - slots);
    while (this.#at < target) {
      this.#at++;
      for (const timed of this.#wheel[this.#at % slots]!)
        if (timed.dueMs <= this.nowMs) this.#due.push(timed);
    }
    if (this.#rest === undefined) this.#tell();
  }

  #tell(): void {
    this.#rest = undefined;
    const endMs = this.#monotonic() + turnMs;
    do {
      const timed = this.#due[this.#told++];
      // Others may have moved it, or taken it out.
      if (timed === undefined || timed.slot < 0 || timed.dueMs > this.nowMs) continue;
      this.disarm(timed);
      timed.onDue(this.nowMs);
    } while (this.#told < this.#due.length && this.#monotonic() < endMs);
    if (this.#told < this.#due.length) {
      this.#rest = setImmediate(() => this.#tell());
      return;
    }
    this.#due = [];
    this.#told = 0;
  }
}
