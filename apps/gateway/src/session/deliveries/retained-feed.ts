import type { StoredMessage } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import type { SubscriptionOptions } from '../../routing/routes.ts';
import { type Delivery, deliveryBytes, type Recipient } from './outgoing.ts';

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

/** What one subscription still has to get. */
interface Job {
  readonly filter: string;
  readonly options: SubscriptionOptions;
  readonly topics: Set<string>;
}

/** Topics read from Redis at a time: what a device may have to wait for it costs the node little. */
const pageSize = 16;

/**
 * The retained messages of new subscriptions (MQTT 5 section 3.3.1.3): a page at a time, the next when the device has
 * room, so that ten thousand of them cost nobody else anything. A newer message of a topic whose retained one is still to
 * come waits for that one, which goes first [MQTT-4.6.0-5].
 */
export class RetainedFeed {
  readonly #recipient: Recipient;
  readonly #outlet: Outlet;
  readonly #source: RetainedSource;
  readonly #logger: Logger;
  readonly #isQueued: boolean;
  readonly #jobs: Job[] = [];
  /** Topics whose retained message is being read → when it is handed over. */
  readonly #reading = new Map<string, Promise<void>>();
  #isBusy = false;
  /** Asked to go on since it began. */
  #isPumped = false;
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
    this.#jobs.push({ filter, options, topics: new Set(topics) });
    this.pump();
  }

  /** Goes on if the device has room. */
  pump(): void {
    this.#isPumped = true;
    if (this.#isBusy || !this.#mayGoOn()) return;
    this.#isBusy = true;
    this.#isPumped = false;
    void this.#run();
  }

  /**
   * Resolves when what is retained for `topic` is handed over, out of turn where it has to be; undefined when nothing is
   * still to come of it. A message that waits for this comes behind it.
   */
  before(topic: string): Promise<void> | undefined {
    const reading = this.#reading.get(topic);
    if (reading !== undefined) return reading;
    const jobs = this.#jobs.filter(({ topics }) => topics.delete(topic));
    if (jobs.length === 0) return undefined;
    return this.#hand([topic], async () => {
      for (const job of jobs) await this.#handOver(job, [topic]);
    });
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
    while (this.#mayGoOn()) {
      const job = this.#jobs[0]!;
      const page = [...take(job.topics, pageSize)];
      if (job.topics.size === 0) this.#jobs.shift();
      if (page.length > 0 && !(await this.#page(job, page))) break;
    }
    this.#isBusy = false;
    // Room that came while the last page was on its way was told to nobody else.
    if (this.#isPumped) this.pump();
  }

  /** @returns false without Redis: what was not read is put back, and whoever tells that it is there again pumps */
  async #page(job: Job, page: readonly string[]): Promise<boolean> {
    let isRead = false;
    await this.#hand(page, async () => {
      isRead = await this.#handOver(job, page);
    });
    return isRead;
  }

  /** Marks topics as being read for as long as `work` takes. */
  #hand(topics: readonly string[], work: () => Promise<void>): Promise<void> {
    const handed = work().finally(() => {
      for (const topic of topics) if (this.#reading.get(topic) === handed) this.#reading.delete(topic);
    });
    for (const topic of topics) this.#reading.set(topic, handed);
    return handed;
  }

  async #handOver(job: Job, topics: readonly string[]): Promise<boolean> {
    try {
      const queued: Promise<void>[] = [];
      let held = topics.length;
      for (const [i, message] of (await this.#source.read(topics)).entries()) {
        if (message === undefined) continue;
        const delivery = deliveryOf(message, job.options);
        if (delivery.qos > 0 && this.#isQueued) queued.push(this.#enqueue(job.filter, delivery));
        else if (this.#hasEnded) continue;
        else if (this.#recipient.hasRoomFor(deliveryBytes(delivery))) this.#outlet.deliver(delivery);
        else {
          held = i;
          break;
        }
      }
      await Promise.all(queued);
      return this.#putBack(job, topics.slice(held));
    } catch (error) {
      this.#logger.debug({ err: error, device: this.#recipient.clientId }, 'retained messages wait');
      this.#putBack(job, topics);
      return false;
    }
  }

  /** What could not be handed over is read again when there is room. @returns whether there was nothing of it */
  #putBack(job: Job, topics: readonly string[]): boolean {
    if (topics.length > 0) this.#jobs.unshift({ ...job, topics: new Set(topics) });
    return topics.length === 0;
  }

  #enqueue(filter: string, delivery: Delivery): Promise<void> {
    return new Promise((resolve) =>
      this.#source.enqueue(this.#recipient.clientId, filter, delivery, resolve),
    );
  }
}

/** The first `count` of a set, which loses them. */
function* take(topics: Set<string>, count: number): Iterable<string> {
  let left = count;
  for (const topic of topics) {
    if (left-- === 0) return;
    topics.delete(topic);
    yield topic;
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
