import {
  BlockingReader,
  type ControlMessage,
  type Keys,
  type Order,
  readControl,
  sendControl,
  type Store,
  type StoreOptions,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { Redis } from 'ioredis';

/** What other nodes and operators ask of this one, and what it asks of others: small, and never behind data. */
export class ControlInbox {
  readonly #reader: BlockingReader;
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #logger: Logger;
  readonly #name: () => string;
  readonly #onMessage: (message: ControlMessage) => void;
  /** By `device\nepoch`: who waits for the older owner to finish. */
  readonly #awaited = new Map<string, () => void>();
  /** The inbox that is read, and the last message of it. */
  #at = { node: '', last: '0' };

  constructor(
    connection: StoreOptions,
    store: Store,
    keys: Keys,
    logger: Logger,
    name: () => string,
    onTakeover: (device: string, epoch: number, by: string) => void,
    onOrder: (order: Order) => void,
  ) {
    this.#reader = new BlockingReader({
      connection: { ...connection, name: `${connection.name}-control` },
      read: (redis, blockMs) => this.#read(redis, blockMs),
      onFailed: (error) => {
        if (store.isUp) logger.debug({ err: error }, 'reading the control inbox failed');
      },
    });
    this.#store = store;
    store.on('down', () => this.#reader.reconnect());
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
    this.#reader.start();
  }

  /** Idempotent. */
  close(): void {
    void this.#reader.close();
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

  async #read(redis: Redis, blockMs: number): Promise<void> {
    const node = this.#name();
    // A node that begins anew under another name has another inbox.
    if (node !== this.#at.node) this.#at = { node, last: '0' };
    const { last, messages } = await readControl(redis, this.#keys, node, this.#at.last, blockMs);
    this.#at.last = last;
    for (const message of messages) this.#take(message);
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
