import { qualityWindowMs } from '@tributary/protocol';
import type { LinkMeter } from './link-meter.ts';
import type { TcpInfo } from './tcp-info.ts';

export const samplerTickMs = 100;
const slots = qualityWindowMs / samplerTickMs;
/** After a stall of the loop that many slots are made up for at once, and the rest is left out of this window. */
const maxSlotsAtOnce = 3;

export interface SamplerOptions {
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Undefined where the kernel tells nothing. */
  readonly tcpInfo: () => TcpInfo | undefined;
  /** A connection was looked at. */
  readonly onVisited: (meter: LinkMeter, nowMs: number) => void;
}

/**
 * Looks at every connection once in each window: fifty slots, one each tick of 100 ms, so that ten thousand connections
 * are two hundred at a time. Adding and removing cost the same for any number.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #slots: LinkMeter[][] = Array.from({ length: slots }, () => []);
  #timer: NodeJS.Timeout | undefined;
  #nextSlot = 0;
  #addTo = 0;
  #dueMs = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#dueMs = this.#options.monotonic() + samplerTickMs;
    this.#timer ??= setInterval(() => this.tick(), samplerTickMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Its first window is a whole one or less; later ones are five seconds. */
  add(meter: LinkMeter): void {
    this.#addTo = (this.#addTo + 1) % slots;
    const entries = this.#slots[this.#addTo]!;
    meter.slot = this.#addTo;
    meter.index = entries.length;
    entries.push(meter);
  }

  remove(meter: LinkMeter): void {
    if (meter.slot < 0) return;
    const entries = this.#slots[meter.slot]!;
    const last = entries.pop()!;
    if (last !== meter) {
      entries[meter.index] = last;
      last.index = meter.index;
    }
    meter.slot = -1;
    meter.index = -1;
  }

  /** Looks at the slots that are due. Called by the timer; by tests with a clock of their own. */
  tick(): void {
    const nowMs = this.#options.monotonic();
    for (let done = 0; done < maxSlotsAtOnce && this.#dueMs <= nowMs; done++) {
      this.#dueMs += samplerTickMs;
      this.#visit(this.#nextSlot, nowMs);
      this.#nextSlot = (this.#nextSlot + 1) % slots;
    }
    if (this.#dueMs < nowMs - qualityWindowMs) this.#dueMs = nowMs;
  }

  #visit(slot: number, nowMs: number): void {
    const { tcpInfo, onVisited } = this.#options;
    const info = tcpInfo();
    // A visit may write to a socket, but it ends no connection: the slot stands still meanwhile.
    for (const meter of this.#slots[slot]!) {
      meter.visit(info, nowMs);
      onVisited(meter, nowMs);
    }
  }
}
