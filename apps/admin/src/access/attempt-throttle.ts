import { isIPv6 } from 'node:net';
import type { Clock } from '@tributary/runtime';
import { plainAddress } from '../http/addresses.ts';
import { BoundedMap } from './bounded-map.ts';

interface Tries {
  /** Attempts that did not succeed, those under way included. */
  failures: number;
  lastAt: number;
}

interface Rule {
  /** Failures that cost nothing: people mistype. */
  readonly free: number;
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

const addressRule: Rule = { free: 5, firstWaitMs: 1000, maxWaitMs: 15 * 60_000 };
/** Lower than for an address: a name is no secret, and whoever fails on purpose must not lock its owner out for long. */
const nameRule: Rule = { free: 10, firstWaitMs: 1000, maxWaitMs: 60_000 };
const forgetMs = 30 * 60_000;
/** Addresses and names remembered; when there are more, those tried longest ago are forgotten. About 2 MB at most. */
const maxRecords = 10_000;
const maxKnown = 1000;

/**
 * How often passwords may be tried: per source address and per name, each failure doubling the wait. In memory of this
 * process, so a restart forgets it and two admin processes allow twice as much; both are far from enough to guess a
 * password of twelve characters.
 */
export class AttemptThrottle {
  readonly #clock: Clock;
  readonly #addresses = new BoundedMap<string, Tries>(maxRecords);
  readonly #names = new BoundedMap<string, Tries>(maxRecords);
  /** Name and address that have signed in here before: strangers' failures do not lock them out. */
  readonly #known = new BoundedMap<string, true>(maxKnown);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are remembered. */
  get remembered(): { addresses: number; names: number } {
    return { addresses: this.#addresses.size, names: this.#names.size };
  }

  /**
   * Counts an attempt before its password is looked at, so that many at once are many.
   * @returns 0 when it may go on, else how long to wait, in ms; an attempt refused so is not counted
   */
  begin(address: string, name: string): number {
    const at = this.#clock.monotonic();
    const source = networkOf(address);
    const isKnown = this.#known.get(pairOf(source, name)) !== undefined;
    const waitMs = Math.max(
      waitOf(this.#addresses.get(source), addressRule, at),
      isKnown ? 0 : waitOf(this.#names.get(name), nameRule, at),
    );
    if (waitMs > 0) return waitMs;
    count(this.#addresses, source, at);
    count(this.#names, name, at);
    return 0;
  }

  /** The attempt was good: it and earlier failures with this name are forgotten; other failures of the address stay. */
  succeeded(address: string, name: string): void {
    const source = networkOf(address);
    const record = this.#addresses.get(source);
    if (record !== undefined) record.failures = Math.max(0, record.failures - 1);
    this.#names.delete(name);
    this.#known.set(pairOf(source, name), true);
  }

  /** The attempt was never decided (Redis went, too many at once): it does not count. */
  undecided(address: string, name: string): void {
    for (const record of [this.#addresses.get(networkOf(address)), this.#names.get(name)]) {
      if (record !== undefined) record.failures = Math.max(0, record.failures - 1);
    }
  }
}

function waitOf(record: Tries | undefined, rule: Rule, at: number): number {
  if (record === undefined || at - record.lastAt > forgetMs) return 0;
  const beyond = record.failures - rule.free;
  if (beyond < 0) return 0;
  const waitMs = Math.min(rule.maxWaitMs, rule.firstWaitMs * 2 ** Math.min(beyond, 30));
  return Math.max(0, record.lastAt + waitMs - at);
}

function count(records: BoundedMap<string, Tries>, key: string, at: number): void {
  const before = records.get(key);
  const isStale = before === undefined || at - before.lastAt > forgetMs;
  records.set(key, { failures: isStale ? 1 : before.failures + 1, lastAt: at });
}

/** Where an address belongs to: one subscriber has a whole /64 of IPv6 to choose from. */
export function networkOf(text: string): string {
  const address = plainAddress(text);
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}

function pairOf(source: string, name: string): string {
  return `${source}\n${name}`;
}
