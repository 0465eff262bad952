import type { StoredMessage } from '@tributary/backplane';
import { TopicNames } from './topic-names.ts';

/** What is on its way of one topic. */
interface Arrival {
  /** The last message given to be retained, or to clear. */
  latest: StoredMessage;
  /** Redis has none of the topic, as far as this node knows. */
  isFirst: boolean;
  given: number;
  /** In the order they were given. */
  answered: number;
  readonly waiting: { readonly given: number; readonly resolve: () => void }[];
}

/**
 * Topics whose retained message is on its way to Redis. A subscription made in that moment comes too late for the message
 * itself and too early for what Redis has: it waits for it here, and for none that is given later.
 */
export class Arriving {
  readonly #arrivals = new Map<string, Arrival>();
  readonly #names = new TopicNames();
  #firstCount = 0;

  /** Topics of which Redis has none. */
  get firstCount(): number {
    return this.#firstCount;
  }

  begin(message: StoredMessage, isFirst: boolean): void {
    const { topic } = message;
    const arrival = this.#arrivals.get(topic);
    if (arrival !== undefined) {
      arrival.latest = message;
      arrival.given++;
      return;
    }
    this.#arrivals.set(topic, { latest: message, isFirst, given: 1, answered: 0, waiting: [] });
    this.#names.add(topic);
    if (isFirst) this.#firstCount++;
  }

  /** Redis has answered the oldest of the topic, whatever it said. */
  end(topic: string): void {
    const arrival = this.#arrivals.get(topic);
    if (arrival === undefined) return;
    if (arrival.isFirst) this.#firstCount--;
    arrival.isFirst = false;
    arrival.answered++;
    const { waiting, answered, given } = arrival;
    while (waiting.length > 0 && waiting[0]!.given <= answered) waiting.shift()!.resolve();
    if (answered < given) return;
    this.#arrivals.delete(topic);
    this.#names.delete(topic);
  }

  has(topic: string): boolean {
    return this.#arrivals.has(topic);
  }

  /** Whether there is nothing of the topic but this very message, on its way. */
  isAll(message: StoredMessage): boolean {
    const arrival = this.#arrivals.get(message.topic);
    return arrival !== undefined && arrival.isFirst && arrival.latest === message;
  }

  matching(filter: string): Iterable<string> {
    return this.#names.matching(filter);
  }

  /** Resolves when all that is on its way of the topics has come. `isFirstOnly`: where Redis has something, that will do. */
  async settled(topics: readonly string[], isFirstOnly: boolean): Promise<void> {
    if (this.#arrivals.size === 0) return;
    const waits: Promise<void>[] = [];
    for (const topic of topics) {
      const arrival = this.#arrivals.get(topic);
      if (arrival === undefined || (isFirstOnly && !arrival.isFirst)) continue;
      const { given, waiting } = arrival;
      waits.push(new Promise((resolve) => waiting.push({ given, resolve })));
    }
    await Promise.all(waits);
  }
}
