import {
  type Claim,
  claimDevice,
  type ClaimRequest,
  type Keys,
  type Release,
  releaseDevice,
  type Store,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';

/** Releases sent at once when Redis is back. */
const retryBatch = 200;

/**
 * Claims and releases of this node's devices. A release is never forgotten: while Redis is away it waits here, one for
 * each connection that ended, and is written when Redis is back. Because Redis knows each connection by its nonce, a
 * release that comes late, or twice, or for a claim whose outcome nobody knows, does no harm.
 */
export class Claims {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #logger: Logger;
  /** By nonce: releases not yet confirmed. */
  readonly #pending = new Map<string, Release>();
  /** Nonces whose release is out. */
  readonly #sent = new Set<string>();
  #whenEmpty: (() => void)[] = [];

  constructor(store: Store, keys: Keys, logger: Logger) {
    this.#store = store;
    this.#keys = keys;
    this.#logger = logger;
    store.on('up', () => void this.#retry());
  }

  /** Releases that Redis has not confirmed yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  claim(request: ClaimRequest): Promise<Claim> {
    return claimDevice(this.#store.redis, this.#keys, request);
  }

  /** Ends a claim, now or as soon as Redis can be reached. */
  release(release: Release): void {
    this.#pending.set(release.nonce, release);
    if (this.#store.isUp) void this.#send(release);
  }

  /** Resolves when no release is pending. */
  async settled(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async #send(release: Release): Promise<void> {
    const { nonce } = release;
    if (this.#sent.has(nonce)) return;
    this.#sent.add(nonce);
    try {
      await releaseDevice(this.#store.redis, this.#keys, release);
      this.#pending.delete(nonce);
    } catch (error) {
      // With Redis away 'up' brings it back here; a refusal by a Redis that is there is tried again with the next one.
      if (this.#store.isUp)
        this.#logger.warn({ err: error, device: release.clientId }, 'release failed, kept');
    } finally {
      this.#sent.delete(nonce);
    }
    if (this.#pending.size === 0) {
      for (const resolve of this.#whenEmpty.splice(0)) resolve();
    }
  }

  /** Sends what waits, a few hundred at a time, for as long as it gets fewer. */
  async #retry(): Promise<void> {
    for (let before = Infinity; this.#pending.size > 0 && this.#pending.size < before && this.#store.isUp;) {
      before = this.#pending.size;
      const batch = [...this.#pending.values()].slice(0, retryBatch);
      await Promise.all(batch.map((release) => this.#send(release)));
    }
  }

  /** Called at intervals: sends again what Redis refused while it was there. */
  retryPending(): void {
    if (this.#store.isUp && this.#pending.size > this.#sent.size) void this.#retry();
  }
}
