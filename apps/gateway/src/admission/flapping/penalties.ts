import { RecentMap } from './recent-map.ts';

/** How long bans last. */
export interface BanLengths {
  /** The first, s. */
  readonly seconds: number;
  /** Each is twice as long as the one before, up to this, s. */
  readonly maxSeconds: number;
  /** After so long without another one it begins anew, s. */
  readonly forgetSeconds: number;
}

export interface Penalty {
  /** How many in a row, this one included. */
  readonly strikes: number;
  readonly forMs: number;
}

interface Past {
  readonly strikes: number;
  /** Unix ms. */
  readonly forgottenAt: number;
}

/** The most targets whose past is remembered; of more those that were banned longest ago begin anew. */
const maxRemembered = 20_000;

/** How long whoever was banned before is banned this time. */
export class Penalties {
  #lengths: BanLengths;
  readonly #past = new RecentMap<Past>(maxRemembered);

  constructor(lengths: BanLengths) {
    this.#lengths = lengths;
  }

  get size(): number {
    return this.#past.size;
  }

  configure(lengths: BanLengths): void {
    this.#lengths = lengths;
  }

  /** The next ban of a target. @param now Unix ms */
  next(target: string, now: number): Penalty {
    const { seconds, maxSeconds } = this.#lengths;
    const past = this.#past.get(target);
    const strikes = past === undefined || past.forgottenAt <= now ? 1 : past.strikes + 1;
    const forMs = Math.min(seconds * 2 ** (strikes - 1), Math.max(seconds, maxSeconds)) * 1000;
    this.#remember(target, strikes, now + forMs);
    return { strikes, forMs };
  }

  /** Another node has banned the target, until then (Unix ms). */
  learn(target: string, strikes: number, until: number): void {
    if (strikes >= (this.#past.get(target)?.strikes ?? 0)) this.#remember(target, strikes, until);
  }

  /** An operator has lifted it: what was is forgiven. */
  forgive(target: string): void {
    this.#past.delete(target);
  }

  #remember(target: string, strikes: number, until: number): void {
    this.#past.set(target, { strikes, forgottenAt: until + this.#lengths.forgetSeconds * 1000 });
  }
}
