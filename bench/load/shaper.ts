import type { Fault } from './plan.ts';

/** Writes what it is given later, or slower. */
export interface Shaper {
  readonly queuedBytes: number;
  write(bytes: Buffer): void;
  /** Forgets what is queued and ends its timer. */
  stop(): void;
}

type Write = (bytes: Buffer) => void;

/** So many bytes a second, one at a time. */
export class Dribble implements Shaper {
  readonly #write: Write;
  readonly #timer: NodeJS.Timeout;
  #queue: Buffer[] = [];
  #at = 0;
  queuedBytes = 0;

  constructor(bytesPerSecond: number, write: Write) {
    this.#write = write;
    this.#timer = setInterval(() => this.#drip(), 1000 / bytesPerSecond);
  }

  write(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.queuedBytes += bytes.length;
  }
  stop(): void {
    clearInterval(this.#timer);
    this.#queue = [];
    this.queuedBytes = 0;
  }

  #drip(): void {
    const first = this.#queue[0];
    if (first === undefined) return;
    this.#write(first.subarray(this.#at, this.#at + 1));
    this.queuedBytes--;
    if (++this.#at < first.length) return;
    this.#queue.shift();
    this.#at = 0;
  }
}

/** Every write late by `delayMs` and up to `jitterMs` more, in order; held back altogether while the link stands still. */
export class Delay implements Shaper {
  readonly #write: Write;
  readonly #fault: Extract<Fault, { kind: 'bad-link' }>;
  #queue: { bytes: Buffer; dueMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #heldUntilMs = 0;
  queuedBytes = 0;

  constructor(fault: Extract<Fault, { kind: 'bad-link' }>, write: Write) {
    this.#fault = fault;
    this.#write = write;
  }

  write(bytes: Buffer): void {
    const before = this.#queue.at(-1)?.dueMs ?? 0;
    const dueMs = performance.now() + this.#fault.delayMs + Math.random() * this.#fault.jitterMs;
    this.#queue.push({ bytes, dueMs: Math.max(before, dueMs) });
    this.queuedBytes += bytes.length;
    this.#arm();
  }
  hold(ms: number): void {
    this.#heldUntilMs = performance.now() + ms;
  }
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.queuedBytes = 0;
  }

  #arm(): void {
    const first = this.#queue[0];
    if (first === undefined || this.#timer !== undefined) return;
    const dueMs = Math.max(first.dueMs, this.#heldUntilMs);
    this.#timer = setTimeout(() => this.#flush(), Math.max(1, dueMs - performance.now()));
  }

  #flush(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    while (nowMs >= this.#heldUntilMs && this.#queue[0] !== undefined && this.#queue[0].dueMs <= nowMs) {
      const { bytes } = this.#queue.shift()!;
      this.queuedBytes -= bytes.length;
      this.#write(bytes);
    }
    this.#arm();
  }
}
