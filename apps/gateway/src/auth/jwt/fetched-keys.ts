import { readFile } from 'node:fs/promises';
import type { Logger } from '@tributary/runtime';
import { CircuitBreaker, type BreakerLimits } from '../circuit-breaker.ts';
import { boundedRequest } from '../http/bounded-request.ts';
import type { KeySource } from './key-source.ts';
import { jsonOf, keySet, type TokenKeys } from './token-keys.ts';

export interface FetchedKeysOptions {
  readonly url: string;
  /** PEM of the authorities its server is checked with. */
  readonly caFile?: string | undefined;
  readonly cacheSeconds: number;
  readonly cooldownSeconds: number;
  readonly breaker: BreakerLimits & { readonly timeoutMs: number };
  readonly logger: Logger;
  /** ms */
  readonly monotonic: () => number;
}

/** A JWK set of a hundred keys with certificates stays below. */
const maxBytes = 256 * 1024;

/**
 * Keys an issuer publishes. Whoever comes while they are fetched waits for the one fetch; old keys serve while it fails. When
 * they are due again it is done beside, unless that is so long ago, as nobody came, that they may have been taken back.
 */
export class FetchedKeys implements KeySource {
  readonly #options: FetchedKeysOptions;
  readonly #breaker: CircuitBreaker;
  #keys: TokenKeys | undefined;
  #dueMs = 0;
  #fetchedMs = -Infinity;
  #fetching: Promise<TokenKeys> | undefined;

  constructor(options: FetchedKeysOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker(options.breaker, options.monotonic);
  }

  keys(): TokenKeys | Promise<TokenKeys> {
    const old = this.#keys;
    if (old === undefined) return this.#fetch();
    const lateMs = this.#options.monotonic() - this.#dueMs;
    if (lateMs < 0) return old;
    const newer = this.#fetch().catch(() => old);
    return lateMs < this.#options.cacheSeconds * 1000 ? old : newer;
  }

  async refresh(): Promise<boolean> {
    const { monotonic, cooldownSeconds } = this.#options;
    if (this.#fetching === undefined && monotonic() - this.#fetchedMs < cooldownSeconds * 1000) return false;
    const before = this.#keys;
    return (await this.#fetch().catch(() => before)) !== before;
  }

  /** Does not wait: a node whose issuer is away must start all the same. */
  start(): Promise<void> {
    this.#fetch().catch(() => {});
    return Promise.resolve();
  }

  isServerDown(): boolean {
    return this.#breaker.state !== 'closed';
  }

  stop(): void {}

  #fetch(): Promise<TokenKeys> {
    this.#fetching ??= this.#breaker.run(() => this.#ask()).finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #ask(): Promise<TokenKeys> {
    const { url, caFile, breaker, logger, monotonic, cacheSeconds } = this.#options;
    this.#fetchedMs = monotonic();
    try {
      const headers = { accept: 'application/jwk-set+json, application/json' };
      const ca = caFile === undefined ? undefined : await readFile(caFile);
      const answer = await boundedRequest({
        url,
        ca,
        method: 'GET',
        headers,
        timeoutMs: breaker.timeoutMs,
        maxBytes,
      });
      if (answer.status !== 200) throw new Error(`answered with status ${answer.status}`);
      this.#keys = keySet(jsonOf(answer.body.toString('utf8')));
      this.#dueMs = monotonic() + cacheSeconds * 1000;
      return this.#keys;
    } catch (error) {
      logger.warn(
        { why: (error as Error).message, host: new URL(url).host },
        'the keys of tokens could not be fetched',
      );
      throw error;
    }
  }
}
