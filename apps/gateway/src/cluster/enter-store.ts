import { setTimeout as delay } from 'node:timers/promises';
import { checkStore, type Keys, type Store, StoreRefused } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { ClusterNode } from './node.ts';

export interface EnterOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly node: ClusterNode;
  readonly logger: Logger;
  /** Silence of Redis that is normal while connecting, ms. */
  readonly connectTimeoutMs: number;
  readonly isStopping: () => boolean;
}

const sayAgainMs = 5000;
const retryMs = 1000;

/**
 * Waits for Redis for as long as it takes, saying so, and takes part once it has answered.
 * @returns how lasting its replies are; undefined when the node stops before that
 * @throws StoreRefused when this Redis cannot be used
 */
export async function enterStore(options: EnterOptions): Promise<string | undefined> {
  const { store, keys, node, logger, connectTimeoutMs, isStopping } = options;
  let timer = setTimeout(function complain() {
    logger.warn({ why: store.why }, 'Redis cannot be reached, trying on');
    timer = setTimeout(complain, sayAgainMs);
  }, connectTimeoutMs);
  try {
    store.start();
    for (;;) {
      if (!store.isUp) await new Promise<void>((resolve) => store.once('up', resolve));
      if (isStopping()) return undefined;
      try {
        const durability = await checkStore(store.redis, keys);
        await node.join(durability);
        return durability;
      } catch (error) {
        if (error instanceof StoreRefused) throw error;
        // Away again, or taking no writes for now: it may yet.
        if (store.isUp) {
          logger.warn({ err: error }, 'Redis is there and does not take the node in, trying on');
          await delay(retryMs);
        }
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
