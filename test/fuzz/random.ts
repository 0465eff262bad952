import { Chance } from '../support/chance.ts';

/** Chance with more ways to choose: the same seed says the same things, on every machine. */
export class Random extends Chance {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.below(from.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of from) {
      if (at < weight) return value;
      at -= weight;
    }
    throw new RangeError('nothing to choose from');
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  /** `{ [name]: value }` so many times in a hundred, else nothing: for optional fields. */
  maybe<K extends string, V>(percent: number, name: K, value: () => V): { [key in K]?: V } {
    return this.chance(percent) ? ({ [name]: value() } as { [key in K]: V }) : {};
  }
}

/** The generator of one case of a seed. Neighbours have nothing in common (the finalizer of MurmurHash3). */
export function randomOf(seed: number, number: number): Random {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return new Random(h ^ (h >>> 16));
}
