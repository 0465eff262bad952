import {
  type ControlMessage,
  createRedis,
  type Keys,
  type Order,
  readControl,
  sendControl,
  type Store,
  type StoreOptions,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';

const blockMs = 1000;
/** A read that has not come back by then never will: its connection leads nowhere. */
const readTimeoutMs = 3000;
const retryMs = 500;

/**
 * What other nodes and operators ask of this one, and what it asks of others. Reads block, so they have a connection of their own; the
 * inbox is small and never behind data.
 */
export class ControlInbox {
  readonly #redis: Redis;
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #logger: Logger;
  readonly #name: () => string;
  readonly #onMessage: (message: ControlMessage) => void;
  /** By `device\nepoch`: who waits for the older owner to finish. */
  readonly #awaited = new Map<string, () => void>();
  #isClosed = false;

  constructor(
    connection: StoreOptions,
    store: Store,
    keys: Keys,
    logger: Logger,
    name: () => string,
    onTakeover: (device: string, epoch: number, by: string) => void,
    onOrder: (order: Order) => void,
  ) {
    this.#redis = createRedis({
      ...connection,
      name: `${connection.name}-control`,
      replyTimeoutMs: readTimeoutMs,
    });
    this.#redis.on('error', () => {}); // the store's own connection reports what there is to report
    this.#store = store;
    // What made the store's connection useless makes this one useless: it may read a replica that nobody writes to.
    store.on('down', () => {
      if (!this.#isClosed) this.#redis.disconnect(true);
    });
    this.#keys = keys;
    this.#logger = logger;
    this.#name = name;
    this.#onMessage = (message) => {
      if (message.type === 'takeover') onTakeover(message.device, message.epoch, message.node);
      else if (message.type === 'yielded') this.#awaited.get(`${message.device}\n${message.epoch}`)?.();
      else onOrder(message);
    };
  }

  start(): void {
    this.#redis.connect().catch(() => {});
    void this.#follow();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#redis.disconnect();
    for (const resolve of this.#awaited.values()) resolve();
  }

  /** Asks `owner` to give up what it holds of the device below `epoch`; resolves when it has, or after `waitMs`. */
  async takeOver(owner: string, device: string, epoch: number, waitMs: number): Promise<void> {
    const key = `${device}\n${epoch}`;
    let timer: NodeJS.Timeout | undefined;
    const yielded = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
      this.#awaited.set(key, resolve);
    });
    try {
      // The bound holds however long Redis takes to pass it on.
      sendControl(this.#store.redis, this.#keys, owner, {
        type: 'takeover',
        device,
        epoch,
        node: this.#name(),
      }).catch((error: unknown) =>
        this.#logger.warn({ err: error, owner, device }, 'could not ask the older owner to yield'),
      );
      await yielded;
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(key);
    }
  }

  /** Tells `to` that nothing older than `epoch` of the device is left here. */
  yielded(to: string, device: string, epoch: number): void {
    sendControl(this.#store.redis, this.#keys, to, {
      type: 'yielded',
      device,
      epoch,
      node: this.#name(),
    }).catch((error: unknown) =>
      this.#logger.warn({ err: error, to, device }, 'could not tell that a device was yielded'),
    );
  }

  async #follow(): Promise<void> {
    let node = this.#name();
    let last = '0';
    while (!this.#isClosed) {
      try {
        if (node !== this.#name()) {
          node = this.#name();
          last = '0';
        }
        const read = await readControl(this.#redis, this.#keys, node, last, blockMs);
        last = read.last;
        for (const message of read.messages) this.#take(message);
      } catch (error) {
        if (this.#isClosed) return;
        if (this.#redis.status === 'ready') this.#redis.disconnect(true);
        if (this.#store.isUp) this.#logger.debug({ err: error }, 'reading the control inbox failed');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  /** Whatever one message does here, those behind it are read. */
  #take(message: ControlMessage): void {
    try {
      this.#onMessage(message);
    } catch (error) {
      this.#logger.error({ err: error, type: message.type }, 'fault in a message of the control inbox');
    }
  }
}
