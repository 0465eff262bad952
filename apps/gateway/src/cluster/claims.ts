import {
  type Claim,
  claimDevice,
  type ClaimRequest,
  type Keys,
  type Release,
  type Released,
  releaseDevice,
  type Store,
} from '@tributary/backplane';
import { Gate, type Logger } from '@tributary/runtime';

interface Pending {
  readonly release: Release;
  readonly onReleased: ((released: Released) => void) | undefined;
}

/** Claims on their way at a time. */
const claimsAtOnce = 64;
/** Releases sent at once when Redis is back. */
const retryBatch = 200;

/**
 * Claims and releases of this node's devices. A release is never forgotten: while Redis is away it waits here, one for
 * each connection that ended, and is written when Redis is back. Because Redis knows each connection by its nonce, a
 * release that comes late, or twice, or for a claim whose outcome nobody knows, does no harm.
 */
export class Claims {
  readonly #store: Store;
  readonly #gate = new Gate(claimsAtOnce);
  readonly #keys: Keys;
  readonly #logger: Logger;
  /** By nonce: releases not yet confirmed. */
  readonly #pending = new Map<string, Pending>();
  /** Nonces whose release is out. */
  readonly #sent = new Set<string>();
  #whenEmpty: (() => void)[] = [];
  #isRetrying = false;

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

  /** A few hundred at once come back as one chunk of replies, which would hold up everybody else. */
  claim(request: ClaimRequest): Promise<Claim> {
    return this.#gate.run(() => claimDevice(this.#store.redis, this.#keys, request));
  }

  /**
   * Ends a claim, now or as soon as Redis can be reached. `onReleased` is told the epoch that was ended, 0 when the
   * claim had never been made or somebody else owns the device.
   */
  release(release: Release, onReleased?: (released: Released) => void): void {
    const pending = { release, onReleased };
    this.#pending.set(release.nonce, pending);
    if (this.#store.isUp) void this.#send(pending);
  }

  /** Resolves when no release is pending. */
  async settled(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async #send({ release, onReleased }: Pending): Promise<void> {
    const { nonce } = release;
    if (this.#sent.has(nonce)) return;
    this.#sent.add(nonce);
    try {
      const released = await releaseDevice(this.#store.redis, this.#keys, release);
      this.#pending.delete(nonce);
      onReleased?.(released);
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

  /** Sends all that waits, a few hundred at a time; what fails again stays for the next time. */
  async #retry(): Promise<void> {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    const waiting = [...this.#pending.values()];
    for (let from = 0; from < waiting.length && this.#store.isUp; from += retryBatch) {
      await Promise.all(waiting.slice(from, from + retryBatch).map((pending) => this.#send(pending)));
    }
    this.#isRetrying = false;
  }

  /** Called at intervals: sends again what Redis refused while it was there. */
  retryPending(): void {
    if (this.#store.isUp && this.#pending.size > this.#sent.size) void this.#retry();
  }
}
