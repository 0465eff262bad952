import type { Keys, Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';
import { BoundedMap } from './bounded-map.ts';
import { digestOf, randomSecret } from './secrets.ts';

export interface SessionLimits {
  /** A session not used for this long ends. */
  idleMs: number;
  /** It ends after this, however much it is used. */
  maxAgeMs: number;
}

/** A browser's session, as stored under the digest of its cookie. */
const sessionRecordSchema = z.object({
  name: z.string(),
  /** The operator's stamp when it began. */
  stamp: z.string(),
  /** Unix ms. */
  createdAt: z.number(),
  address: z.string(),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

interface Seen {
  record: SessionRecord;
  /** Monotonic ms: last found in Redis, and last prolonged there. */
  checkedAt: number;
  touchedAt: number;
}

/** What Redis said is taken for true for so long: a session ended elsewhere ends here within a second. */
const trustMs = 1000;
/** A session in use is prolonged no more often than this; one that ends sooner a few times before it does. */
const touchMs = 60_000;
/** While Redis is away, sessions go on from memory for an hour at the most. */
const maxAwayMs = 3_600_000;
/** Sessions remembered; further ones are only looked up in Redis, and end with it. */
const maxSeen = 1000;
/** Cookies nobody here has seen may cost Redis this many look-ups per second. */
const maxUnseenPerSecond = 100;

/**
 * Browsers' sessions. They live in Redis, so a restart of the admin keeps people signed in; those seen lately are also
 * remembered here, so that an outage of Redis does not sign anybody out.
 */
export class Sessions {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #seen = new BoundedMap<string, Seen>(maxSeen);
  #lookups = { second: 0, count: 0 };

  constructor(parts: { store: Store; keys: Keys; clock: Clock }, limits: SessionLimits) {
    this.#store = parts.store;
    this.#keys = parts.keys;
    this.#clock = parts.clock;
    this.#limits = limits;
  }

  /** Begins a session. @returns the secret for the cookie; only its digest is stored */
  async begin(facts: Omit<SessionRecord, 'createdAt'>): Promise<{ secret: string; record: SessionRecord }> {
    const secret = randomSecret();
    const record = { ...facts, createdAt: this.#clock.now() };
    const digest = digestOf(secret);
    const idleMs = Math.min(this.#limits.idleMs, this.#limits.maxAgeMs);
    const key = this.#keys.operatorSession(digest);
    await ask(this.#store, (redis) => redis.set(key, JSON.stringify(record), 'PX', idleMs));
    const at = this.#clock.monotonic();
    this.#seen.set(digest, { record, checkedAt: at, touchedAt: at });
    return { secret, record };
  }

  /**
   * The session of this digest; undefined when there is none.
   * @throws HttpProblem 503 `redis-away` when nobody can know; 429 when too many unknown ones are tried
   */
  async find(digest: string): Promise<SessionRecord | undefined> {
    const seen = this.#seen.get(digest);
    const at = this.#clock.monotonic();
    if (seen !== undefined && at - seen.checkedAt < trustMs) return this.#unexpired(digest, seen);
    if (seen === undefined) this.countLookup();
    try {
      await ask(this.#store, (redis) => this.recheck(redis, [digest]));
      return this.held(digest);
    } catch (error) {
      const held = this.held(digest);
      if (held === undefined) throw error;
      return held;
    }
  }

  /**
   * Counts a look-up for something nobody here has seen: made-up cookies and tokens must not become work for the Redis
   * the fleet lives on.
   * @throws HttpProblem 429 `too-many-requests` when there were too many within this second
   */
  countLookup(): void {
    const second = Math.floor(this.#clock.monotonic() / 1000);
    if (this.#lookups.second !== second) this.#lookups = { second, count: 0 };
    if (++this.#lookups.count > maxUnseenPerSecond) {
      throw new HttpProblem(429, 'too-many-requests', 'too many unknown credentials are tried; try again', 1);
    }
  }

  /** Asks Redis whether these still are, and prolongs those in use. Afterwards `held` tells. */
  async recheck(redis: Redis, digests: readonly string[]): Promise<void> {
    if (digests.length === 0) return;
    const texts = await redis.mget(digests.map((digest) => this.#keys.operatorSession(digest)));
    const at = this.#clock.monotonic();
    for (const [i, digest] of digests.entries()) {
      const record = parseRecord(texts[i] ?? null);
      if (record === undefined) this.#seen.delete(digest);
      else this.#note(redis, digest, record, at);
    }
  }

  /** What is known of a session without asking: as of the last look-up, while Redis is away for an hour at the most. */
  held(digest: string): SessionRecord | undefined {
    const seen = this.#seen.get(digest);
    return seen === undefined ? undefined : this.#unexpired(digest, seen);
  }

  /** No longer goes on from memory. */
  forget(digest: string): void {
    this.#seen.delete(digest);
  }

  /** Ends a session here at once, and in Redis. @throws HttpProblem 503 `redis-away` */
  async end(digest: string): Promise<void> {
    this.forget(digest);
    await ask(this.#store, (redis) => redis.del(this.#keys.operatorSession(digest)));
  }

  /** Unix ms at which a session that began then ends. */
  expiryOf({ createdAt }: SessionRecord): number {
    return createdAt + this.#limits.maxAgeMs;
  }

  #note(redis: Redis, digest: string, record: SessionRecord, at: number): void {
    let touchedAt = this.#seen.get(digest)?.touchedAt;
    if (touchedAt === undefined || at - touchedAt >= Math.min(touchMs, this.#limits.idleMs / 4)) {
      touchedAt = at;
      const leftMs = Math.min(this.#limits.idleMs, this.expiryOf(record) - this.#clock.now());
      // Should this be lost, the next minute tries again.
      redis.pexpire(this.#keys.operatorSession(digest), Math.max(1, leftMs)).catch(() => undefined);
    }
    this.#seen.set(digest, { record, checkedAt: at, touchedAt });
  }

  #unexpired(digest: string, { record, checkedAt }: Seen): SessionRecord | undefined {
    const awayMs = this.#clock.monotonic() - checkedAt;
    const isOver = this.#clock.now() >= this.expiryOf(record) || awayMs > this.#awayLimitMs();
    if (!isOver) return record;
    this.#seen.delete(digest);
    return undefined;
  }

  #awayLimitMs(): number {
    return Math.min(maxAwayMs, this.#limits.idleMs);
  }
}

function parseRecord(text: string | null): SessionRecord | undefined {
  if (text === null) return undefined;
  try {
    return sessionRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
