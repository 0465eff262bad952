import type { StoredMessage } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { SubscriptionOptions } from '../../routing/routes.ts';
import type { Delivery, Recipient } from './outgoing.ts';

/** Where retained messages come from. */
export interface RetainedSource {
  /** Topics a filter matches. */
  matching(filter: string): string[];
  /** @throws without Redis */
  read(topics: readonly string[]): Promise<(StoredMessage | undefined)[]>;
  /** Puts one into a persistent session's queue; `onDone` when Redis has answered. */
  enqueue(clientId: string, filter: string, delivery: Delivery, onDone: () => void): void;
  /** Whether nobody may have the topic. */
  isHidden(topic: string): boolean;
}

/** Where they go. */
interface Outlet {
  readonly deliveries: { readonly isIdle: boolean };
  deliver(delivery: Delivery): void;
}

interface Job {
  readonly filter: string;
  readonly options: SubscriptionOptions;
  readonly topics: readonly string[];
  at: number;
}

/** Topics read from Redis at a time: what a device may have to wait for it costs the node little. */
const pageSize = 32;

/**
 * The retained messages of new subscriptions (MQTT 5 section 3.3.1.3): a page at a time, the next when the device has
 * room, so that ten thousand of them cost nobody else anything.
 */
export class RetainedFeed {
  readonly #recipient: Recipient;
  readonly #outlet: Outlet;
  readonly #source: RetainedSource;
  readonly #logger: Logger;
  readonly #isQueued: boolean;
  readonly #jobs: Job[] = [];
  #isBusy = false;
  #hasEnded = false;

  /** `isQueued`: above QoS 0 they go through the session's queue in Redis. */
  constructor(
    recipient: Recipient,
    outlet: Outlet,
    source: RetainedSource,
    logger: Logger,
    isQueued: boolean,
  ) {
    this.#recipient = recipient;
    this.#outlet = outlet;
    this.#source = source;
    this.#logger = logger;
    this.#isQueued = isQueued;
  }

  add(filter: string, options: SubscriptionOptions): void {
    const topics = this.#source.matching(filter).filter((topic) => !this.#source.isHidden(topic));
    if (topics.length === 0) return;
    this.#jobs.push({ filter, options, topics, at: 0 });
    this.pump();
  }

  /** Goes on if the device has room. */
  pump(): void {
    if (this.#isBusy || !this.#mayGoOn()) return;
    this.#isBusy = true;
    void this.#run();
  }

  /** The connection has ended. What the queue keeps for the device goes there all the same, within its limits. */
  end(): void {
    this.#hasEnded = true;
    if (!this.#isQueued) this.#jobs.length = 0;
    this.pump();
  }

  #mayGoOn(): boolean {
    return this.#jobs.length > 0 && (this.#hasEnded || this.#outlet.deliveries.isIdle);
  }

  async #run(): Promise<void> {
    try {
      while (this.#mayGoOn()) {
        const job = this.#jobs[0]!;
        const page = job.topics.slice(job.at, job.at + pageSize);
        const messages = await this.#source.read(page);
        job.at += page.length;
        if (job.at >= job.topics.length && this.#jobs[0] === job) this.#jobs.shift();
        await this.#sendPage(job, messages);
      }
    } catch (error) {
      // Without Redis nothing can be read; whoever tells that it is back pumps.
      this.#logger.debug({ err: error, device: this.#recipient.clientId }, 'retained messages wait');
    } finally {
      this.#isBusy = false;
    }
  }

  async #sendPage(job: Job, messages: readonly (StoredMessage | undefined)[]): Promise<void> {
    const queued: Promise<void>[] = [];
    for (const message of messages) {
      if (message === undefined) continue;
      const delivery = deliveryOf(message, job.options);
      if (delivery.qos > 0 && this.#isQueued) queued.push(this.#enqueue(job.filter, delivery));
      else if (!this.#hasEnded) this.#outlet.deliver(delivery);
    }
    await Promise.all(queued);
  }

  #enqueue(filter: string, delivery: Delivery): Promise<void> {
    return new Promise((resolve) =>
      this.#source.enqueue(this.#recipient.clientId, filter, delivery, resolve),
    );
  }
}

/** A retained message goes with RETAIN 1 to a new subscription [MQTT-3.3.1-8]. */
function deliveryOf(message: StoredMessage, { qos, identifier }: SubscriptionOptions): Delivery {
  return {
    message,
    qos: Math.min(message.qos, qos) as 0 | 1 | 2,
    retain: true,
    identifiers: identifier === undefined ? undefined : [identifier],
    shared: undefined,
  };
}
