import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoredMessage } from '@tributary/backplane';
import { topicMatches } from '@tributary/protocol';
import type { Logger } from '@tributary/runtime';
import { type Delivery, deliveryBytes } from '../../routing/delivery.ts';
import type { SubscriptionOptions } from '../../routing/routes.ts';
import type { Recipient } from './outgoing.ts';

/** Where retained messages come from. */
export interface RetainedSource {
  /** Topics a filter matches, to be taken one after the other. */
  matching(filter: string): Iterable<string>;
  has(topic: string): boolean;
  /** Whether what there is to come of its topic is this message itself, on its way to Redis. */
  isArriving(message: StoredMessage): boolean;
  /** `isOlder`: what is on its way to Redis may be left out. @throws without Redis */
  read(topics: readonly string[], isOlder: boolean): Promise<(StoredMessage | undefined)[]>;
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
  /** Known once its turn has come: until then it is all that matches, but for `early`. */
  topics: Set<string> | undefined;
  /** Handed over before its turn came. */
  readonly early: Set<string>;
  /** The subscription has ended, or was made anew. */
  isOver?: boolean;
}

/** What a connection that ended had not got of a subscription. */
export type UnfinishedFeed = Readonly<Job>;

/** How far a page has come: `more` to read at once, `full` for want of room, `away` without Redis. */
type Progress = 'more' | 'full' | 'away';

/** Topics read from Redis at a time: what a device may have to wait for it costs the node little. */
const pageSize = 16;
/** Payload bytes of a page; what is more is read again with the next. */
const pageBytes = 512 * 1024;
/** Topics gathered at a time, before others have their turn. */
const gatheredAtOnce = 2000;

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
  #jobs: Job[] = [];
  /** Topics whose retained message is being read → when it is handed over. */
  readonly #reading = new Map<string, Promise<void>>();
  /** Since the end: what is left. */
  #unfinished: Job[] | undefined;
  /** Whose page is being read. */
  readonly #paged = new Set<Job>();
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

  /** A subscription was made, or made again: then it begins anew. */
  add(filter: string, options: SubscriptionOptions): void {
    this.remove(filter);
    this.#jobs.push({ filter, options, topics: undefined, early: new Set() });
    this.pump();
  }

  /** A subscription has ended: what is still to come of it does not. */
  remove(filter: string): void {
    for (const job of [...this.#jobs, ...this.#paged]) if (job.filter === filter) job.isOver = true;
    this.#jobs = this.#jobs.filter((job) => job.filter !== filter);
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
   * Resolves when what is retained for the topic of `message` is handed over, out of turn where it has to be; undefined when
   * nothing is still to come of it. The message comes behind it.
   */
  before(message: StoredMessage): Promise<void> | undefined {
    const { topic } = message;
    const reading = this.#reading.get(topic);
    if (reading !== undefined) return reading;
    const jobs = this.#jobs.filter((job) => this.#takesOut(job, message));
    if (jobs.length === 0) return undefined;
    return this.#hand([topic], async () => {
      for (const job of jobs) await this.#handOver(job, [topic], true);
    });
  }

  /** The connection has ended. @returns what is still to come, for when the session is resumed; a page on its way follows */
  end(): readonly UnfinishedFeed[] {
    this.#hasEnded = true;
    this.#unfinished = this.#jobs;
    this.#jobs = [];
    return this.#unfinished;
  }

  /** A page is on its way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Goes on where the feed of an earlier connection stopped. */
  resume(unfinished: readonly UnfinishedFeed[]): void {
    this.#jobs.push(...unfinished.map((job) => ({ ...job })));
    this.pump();
  }

  #mayGoOn(): boolean {
    return this.#jobs.length > 0 && !this.#hasEnded && this.#outlet.deliveries.isIdle;
  }

  /** Whether something older than `message` is still to come of its topic; from now on nothing is. */
  #takesOut({ filter, topics, early }: Job, message: StoredMessage): boolean {
    const { topic } = message;
    if (topics === undefined) {
      if (early.has(topic) || !this.#source.has(topic) || !topicMatches(filter, topic)) return false;
      early.add(topic);
    } else if (!topics.delete(topic)) return false;
    return !this.#source.isArriving(message);
  }

  async #run(): Promise<void> {
    let progress: Progress = 'more';
    while (progress === 'more' && this.#mayGoOn()) {
      const job = this.#jobs[0]!;
      if (job.topics === undefined) {
        const gathered = await this.#gather(job);
        for (const topic of job.early) gathered.delete(topic);
        job.topics = gathered;
      }
      // Ended or begun anew meanwhile.
      if (this.#jobs[0] !== job) continue;
      const page = [...take(job.topics, pageSize)];
      if (job.topics.size === 0) this.#jobs.shift();
      if (page.length > 0) progress = await this.#page(job, page);
    }
    this.#isBusy = false;
    // Room that came while the last page was on its way was told to nobody else.
    if (this.#isPumped) this.pump();
  }

  /** All that matches and is still to come, gathered with pauses: there may be many. */
  async #gather({ filter }: Job): Promise<Set<string>> {
    const topics = new Set<string>();
    let count = 0;
    for (const topic of this.#source.matching(filter)) {
      if (!this.#source.isHidden(topic) && this.#recipient.mayHave(topic)) topics.add(topic);
      if (++count % gatheredAtOnce === 0) await nextTurn();
    }
    return topics;
  }

  async #page(job: Job, page: readonly string[]): Promise<Progress> {
    let progress: Progress = 'away';
    await this.#hand(page, async () => {
      progress = await this.#handOver(job, page, false);
    });
    return progress;
  }

  /** Marks topics as being read for as long as `work` takes. */
  #hand(topics: readonly string[], work: () => Promise<void>): Promise<void> {
    const handed = work().finally(() => {
      for (const topic of topics) if (this.#reading.get(topic) === handed) this.#reading.delete(topic);
    });
    for (const topic of topics) this.#reading.set(topic, handed);
    return handed;
  }

  async #handOver(job: Job, topics: readonly string[], isOlder: boolean): Promise<Progress> {
    let at = 0;
    let progress: Progress = 'more';
    this.#paged.add(job);
    try {
      const messages = await this.#source.read(topics, isOlder);
      const queued: Promise<void>[] = [];
      for (let bytes = 0; at < messages.length && progress === 'more' && bytes < pageBytes; at++) {
        const message = messages[at];
        if (message === undefined) continue;
        const delivery = deliveryOf(message, job.options);
        bytes += deliveryBytes(delivery);
        if (delivery.qos > 0 && this.#isQueued) {
          queued.push(this.#enqueue(job.filter, delivery));
        } else if (!this.#hasEnded && this.#hasRoomFor(delivery)) this.#outlet.deliver(delivery);
        else progress = 'full';
      }
      await Promise.all(queued);
    } catch (error) {
      this.#logger.debug({ err: error, device: this.#recipient.clientId }, 'retained messages wait');
      progress = 'away';
    } finally {
      this.#paged.delete(job);
    }
    // What could not be handed over is read again when there is room.
    const left = progress === 'more' ? topics.slice(at) : topics.slice(Math.max(0, at - 1));
    if (left.length > 0 && job.isOver !== true) {
      const rest = { ...job, topics: new Set(left) };
      if (this.#unfinished === undefined) this.#jobs.unshift(rest);
      else this.#unfinished.push(rest);
    }
    return progress;
  }

  #hasRoomFor(delivery: Delivery): boolean {
    // Above QoS 0 what finds no room waits with the deliveries, a page at the most.
    return delivery.qos > 0 || this.#recipient.hasRoomFor(deliveryBytes(delivery));
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
