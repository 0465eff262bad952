/** Random numbers that are the same in every run (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below`, without it. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}

/** Names of levels that are easily mixed up. */
const levels = ['a', 'b', 'aa', 'ä', '', '$x', '$SYS', ' ', 'A'];

/** A topic name of a few levels, that begins with `$` now and then. */
export function randomTopic(random: Random): string {
  const names = Array.from({ length: 1 + random.below(5) }, () => random.pick(levels));
  // The empty string is no topic name.
  return names.length === 1 && names[0] === '' ? 'a' : names.join('/');
}

/** A topic filter that is allowed. */
export function randomFilter(random: Random): string {
  const names = randomTopic(random)
    .split('/')
    .map((name) => (random.below(3) === 0 ? '+' : name));
  if (random.below(3) === 0) names[random.below(2) === 0 ? names.length : names.length - 1] = '#';
  return names.join('/');
}
