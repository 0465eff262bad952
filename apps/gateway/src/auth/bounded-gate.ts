import { parseIpAddress } from '@tributary/protocol';
import { sourceName } from '../admission/flapping/failed-logins.ts';

/** Too many wait already. */
export class GateFull extends Error {
  override readonly name = 'GateFull';
}

export interface GateLimits {
  /** Pieces of work at a time. */
  readonly maxRunning: number;
  /** Those who wait; one more is turned away. */
  readonly maxWaiting: number;
}

/** Where somebody comes from, as those who wait are counted: as those who fail are. */
function sourceOf(address: string): string {
  const parsed = parseIpAddress(address);
  return parsed === undefined ? address : sourceName(parsed);
}

/**
 * Lets so many pieces of work run at a time and so many wait, in order. No one source may fill the queue: of those that wait
 * at most a quarter come from one, so a brute force from there leaves room for everybody else.
 */
export class BoundedGate {
  readonly #limits: GateLimits;
  readonly #waiting: { readonly source: string; readonly begin: () => void }[] = [];
  readonly #waitingOf = new Map<string, number>();
  #running = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `work` when its turn comes. @throws GateFull at once when there is no room for one more from this address */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.maxRunning) await this.#turn(sourceOf(address));
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(source: string): Promise<void> {
    const { maxWaiting } = this.#limits;
    const own = this.#waitingOf.get(source) ?? 0;
    if (this.#waiting.length >= maxWaiting || own >= Math.max(1, maxWaiting / 4))
      throw new GateFull('too many wait');
    this.#waitingOf.set(source, own + 1);
    return new Promise((begin) => this.#waiting.push({ source, begin }));
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#running--;
      return;
    }
    const left = (this.#waitingOf.get(next.source) ?? 1) - 1;
    if (left === 0) this.#waitingOf.delete(next.source);
    else this.#waitingOf.set(next.source, left);
    setImmediate(next.begin);
  }
}
