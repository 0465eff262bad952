import type { UnfinishedFeed } from './retained-feed.ts';

/** Sessions remembered; beyond them the oldest are forgotten. */
const remembered = 10_000;

/**
 * Retained messages that sessions had not got when their connection ended, for when they are resumed on this node. On another
 * node, or after a restart, they are not known: the device gets them when it subscribes again.
 */
export class UnfinishedFeeds {
  readonly #byClient = new Map<string, readonly UnfinishedFeed[]>();

  keep(clientId: string, left: readonly UnfinishedFeed[]): void {
    this.#byClient.delete(clientId);
    this.#byClient.set(clientId, left);
    if (this.#byClient.size > remembered) this.#byClient.delete(this.#byClient.keys().next().value!);
  }

  has(clientId: string): boolean {
    return this.#byClient.has(clientId);
  }

  /** What is left for a session that is resumed; it is forgotten here. */
  take(clientId: string): readonly UnfinishedFeed[] | undefined {
    const left = this.#byClient.get(clientId);
    this.#byClient.delete(clientId);
    return left;
  }
}
