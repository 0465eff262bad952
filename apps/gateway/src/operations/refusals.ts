/** How often the worst are told, ms. */
const tellMs = 15_000;
/** How many of them. */
const told = 20;
/** The most pairs of reason and address that are counted at a time; what comes beyond counts as `others`. */
const maxPairs = 2000;

/** `[reason, address without port, how often]`. */
export type CountedRefusal = readonly [reason: string, address: string, count: number];

/** Connections this node turned away, by reason and where they came from: those of the last seconds. */
export class Refusals {
  readonly #counts = new Map<string, number>();
  #toldAt: number;

  /** @param now monotonic ms */
  constructor(now: number) {
    this.#toldAt = now;
  }

  /** @param address `address:port`, or without the port */
  note(reason: string, address: string): void {
    const key = `${reason} ${hostOf(address)}`;
    const known = this.#counts.get(key);
    if (known !== undefined || this.#counts.size < maxPairs) this.#counts.set(key, (known ?? 0) + 1);
    else {
      const others = `${reason} others`;
      this.#counts.set(others, (this.#counts.get(others) ?? 0) + 1);
    }
  }

  /** The most frequent since the last time, when it is time to tell them; counting begins anew. @param now monotonic ms */
  takeDue(now: number): CountedRefusal[] | undefined {
    if (now - this.#toldAt < tellMs) return undefined;
    this.#toldAt = now;
    const worst = [...this.#counts].toSorted(([, a], [, b]) => b - a).slice(0, told);
    this.#counts.clear();
    return worst.map(([key, count]) => {
      const space = key.indexOf(' ');
      return [key.slice(0, space), key.slice(space + 1), count];
    });
  }
}

/** An IPv6 address has brackets where it has a port, and colons of its own. */
const hostOf = (endpoint: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(endpoint)?.[1] ?? /^([^:]*):\d+$/.exec(endpoint)?.[1] ?? endpoint;
