import {
  type Keys,
  readRetained,
  type RetainedChange,
  setRetained,
  type Store,
  type StoredMessage,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import { Arriving } from './arriving.ts';
import { StoreWriter } from './store-writer.ts';
import { TopicNames } from './topic-names.ts';

export interface RetainedLimits {
  /** Retained messages of the namespace, about. */
  readonly maxMessages: number;
  /** Payload bytes of one. */
  readonly maxPayloadBytes: number;
}

/** Retained messages: Redis has them, this node knows their topics (MQTT 5 section 3.3.1.3). */
export class Retained {
  readonly #topics = new TopicNames();
  readonly #arriving = new Arriving();
  /** Partition → change of the log that was followed last. */
  readonly #followed = new Map<number, number>();
  /** Topics this node changed itself → version of that, until the log has told as much. */
  readonly #own = new Map<string, number>();
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #limits: RetainedLimits;
  readonly #logger: Logger;
  readonly #writer: StoreWriter<StoredMessage, RetainedChange>;

  constructor(store: Store, keys: Keys, limits: RetainedLimits, logger: Logger) {
    this.#store = store;
    this.#keys = keys;
    this.#limits = limits;
    this.#logger = logger;
    this.#writer = new StoreWriter(
      store,
      (messages) => this.#write(messages),
      ({ payload }) => payload.length,
    );
  }

  /** Topics that have one, or will have in a moment. */
  get count(): number {
    return this.#topics.count + this.#arriving.firstCount;
  }

  /** `stored` are the topics of a partition that have a retained message now: they take the place of what was known. */
  reload(isOfPartition: (topic: string) => boolean, stored: readonly string[], isFirst = false): void {
    const kept = new Set(stored);
    this.#followed.clear();
    // Walking all topics for each partition is for when something was lost.
    for (const topic of isFirst ? [] : this.#topics.all()) {
      if (isOfPartition(topic) && !kept.has(topic)) this.#topics.delete(topic);
    }
    for (const topic of this.#own.keys()) if (isOfPartition(topic)) this.#own.delete(topic);
    for (const topic of stored) this.#topics.add(topic);
  }

  /** Why a message cannot be retained, or undefined. An empty payload clears, which is always possible. */
  refusal(message: StoredMessage): 'quota-exceeded' | undefined {
    const { payload, topic } = message;
    if (payload.length > this.#limits.maxPayloadBytes) return 'quota-exceeded';
    if (payload.length === 0 || this.count < this.#limits.maxMessages) return undefined;
    return this.has(topic) ? undefined : 'quota-exceeded';
  }

  /** Sets, replaces or, with an empty payload, clears the retained message of a topic; `onDone` when Redis has it. */
  set(message: StoredMessage, onDone: (fault: Error | undefined) => void): void {
    this.#arriving.begin(message, !this.#topics.has(message.topic));
    this.#writer.submit(message, (answer) => {
      this.#settle(message, answer, onDone);
      this.#arriving.end(message.topic);
    });
  }

  #settle(
    message: StoredMessage,
    answer: RetainedChange | Error,
    onDone: (fault: Error | undefined) => void,
  ): void {
    if (answer instanceof Error) {
      this.#logger.error({ err: answer, topic: message.topic }, 'a retained message was refused');
      return onDone(answer);
    }
    if (answer.change === 'none') this.#topics.delete(message.topic);
    else this.changed(message.topic, answer.change === 'set', answer.version);
    onDone(undefined);
  }

  /** Change `version` of the log: what this node did itself later than that is newer. */
  followed(topic: string, isThere: boolean, version: number): void {
    this.#followed.set(this.#keys.partitionOf(topic), version);
    const own = this.#own.get(topic) ?? 0;
    if (version < own) return;
    this.#own.delete(topic);
    this.#mark(topic, isThere);
  }

  /** This node changed it, as change `version`. */
  changed(topic: string, isThere: boolean, version: number): void {
    // The log may have told of it before Redis answered.
    if (version > (this.#followed.get(this.#keys.partitionOf(topic)) ?? 0)) this.#own.set(topic, version);
    this.#mark(topic, isThere);
  }

  #mark(topic: string, isThere: boolean): void {
    if (isThere) this.#topics.add(topic);
    else this.#topics.delete(topic);
  }

  /**
   * Topics with retained messages that match a filter, in no order, perhaps some twice; who takes them may pause in between.
   * Those arriving come first: they may be among the others by the time those are walked.
   */
  *matching(filter: string): Iterable<string> {
    yield* this.#arriving.matching(filter);
    yield* this.#topics.matching(filter);
  }

  has(topic: string): boolean {
    return this.#topics.has(topic) || this.#arriving.has(topic);
  }

  /** Whether what there is to come of its topic is this message itself. */
  isArriving(message: StoredMessage): boolean {
    return this.#arriving.isAll(message);
  }

  /**
   * The retained messages of topics; undefined where there is none any more. Those on their way are waited for. `isOlder`:
   * what was before them is asked for, so only where that is nothing. @throws without Redis
   */
  async read(topics: readonly string[], isOlder = false): Promise<(StoredMessage | undefined)[]> {
    await this.#arriving.settled(topics, isOlder);
    return readRetained(this.#store.redis, this.#keys, topics);
  }

  close(): void {
    this.#writer.close();
  }

  /** In order: two messages of one topic must not overtake each other. They share one connection, so asking at once keeps it. */
  #write(messages: readonly StoredMessage[]): Promise<(RetainedChange | Error)[]> {
    return Promise.all(
      messages.map((message) =>
        setRetained(this.#store.redis, this.#keys, message).catch((error: unknown) => error as Error),
      ),
    );
  }
}
