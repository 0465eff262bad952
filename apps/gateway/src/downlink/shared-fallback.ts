import { giveAway, type Keys, type QueuedMessage, readQueue, type Store } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Router } from '../routing/router.ts';
import type { SessionRegistry } from '../session/registry.ts';

/** Queues gone through at the same time: when thousands leave at once memory holds as many pages. */
const atOnce = 4;
const pageSize = 100;
const pageBytes = 256 * 1024;

export interface SharedFallbackOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly router: Router;
  readonly registry: SessionRegistry;
  readonly logger: Logger;
}

/**
 * What a member of a shared subscription leaves in its queue when it goes away is given to another member that is
 * connected, at QoS 1 (MQTT 5 section 4.8.2 allows it). At QoS 2 it waits for its own: the device may have it
 * [MQTT-4.8.2-4, -5].
 */
export class SharedFallback {
  readonly #options: SharedFallbackOptions;
  readonly #waiting = new Set<string>();
  #running = 0;

  constructor(options: SharedFallbackOptions) {
    this.#options = options;
  }

  /** The device has gone away: its turn comes. */
  run(clientId: string): void {
    this.#waiting.add(clientId);
    if (this.#running < atOnce) void this.#work();
  }

  async #work(): Promise<void> {
    this.#running++;
    for (const clientId of this.#waiting) {
      this.#waiting.delete(clientId);
      await this.#goThrough(clientId);
    }
    this.#running--;
  }

  /** Goes through the queue of a device. Ends when it is back. Never throws. */
  async #goThrough(clientId: string): Promise<void> {
    const { store, keys, registry, logger } = this.#options;
    try {
      let after = 0;
      for (;;) {
        const page = await readQueue(store.redis, keys, clientId, after, pageSize, pageBytes);
        const last = page.at(-1);
        if (last === undefined || registry.get(clientId) !== undefined) return;
        after = last.n;
        await Promise.all(page.map((entry) => this.#give(clientId, entry)));
      }
    } catch (error) {
      if (store.isUp) logger.warn({ err: error, device: clientId }, 'shared messages stay with who left');
    }
  }

  /** The other has it before this one loses it: twice is allowed at QoS 1, never is not. */
  async #give(clientId: string, { n, bytes, message: entry }: QueuedMessage): Promise<void> {
    const { store, keys, router } = this.#options;
    const { identifiers, shared, ...message } = entry;
    if (shared === undefined || message.qos !== 1) return;
    const delivery = { message, qos: 1 as const, retain: message.retain, identifiers, shared };
    const isGiven = await new Promise<boolean>((resolve) =>
      router.handOver(delivery, clientId, true, resolve),
    );
    if (isGiven) await giveAway(store.redis, keys, clientId, n, bytes);
  }
}
