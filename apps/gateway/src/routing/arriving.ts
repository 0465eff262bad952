import type { StoredMessage } from '@tributary/backplane';
import { TopicNames } from './topic-names.ts';

interface Arrival {
  /** The last message of the topic that was given to be retained. */
  latest: StoredMessage;
  readonly onSettled: (() => void)[];
}

/**
 * Topics whose first retained message is on its way to Redis. A subscription made in that moment comes too late for the
 * message itself and too early for what Redis has: it waits for it here.
 */
export class Arriving {
  readonly #arrivals = new Map<string, Arrival>();
  readonly #names = new TopicNames();

  get count(): number {
    return this.#arrivals.size;
  }

  begin(message: StoredMessage): void {
    const { topic } = message;
    const arrival = this.#arrivals.get(topic);
    if (arrival !== undefined) {
      arrival.latest = message;
      return;
    }
    this.#arrivals.set(topic, { latest: message, onSettled: [] });
    this.#names.add(topic);
  }

  /** Redis has answered, whatever it was. */
  end(topic: string): void {
    const arrival = this.#arrivals.get(topic);
    if (arrival === undefined) return;
    this.#arrivals.delete(topic);
    this.#names.delete(topic);
    for (const onSettled of arrival.onSettled) onSettled();
  }

  has(topic: string): boolean {
    return this.#arrivals.has(topic);
  }

  /** Whether it is this very message that is on its way, and none after it. */
  isLatest(message: StoredMessage): boolean {
    return this.#arrivals.get(message.topic)?.latest === message;
  }

  matching(filter: string): Iterable<string> {
    return this.#names.matching(filter);
  }

  /** Resolves when none of the topics is on its way any more; undefined when none is. */
  settled(topics: readonly string[]): Promise<unknown> | undefined {
    const arrivals = topics
      .map((topic) => this.#arrivals.get(topic))
      .filter((arrival) => arrival !== undefined);
    if (arrivals.length === 0) return undefined;
    return Promise.all(
      arrivals.map(({ onSettled }) => new Promise<void>((resolve) => onSettled.push(resolve))),
    );
  }
}
