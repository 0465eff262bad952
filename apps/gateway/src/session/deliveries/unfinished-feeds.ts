import type { UnfinishedFeed } from './retained-feed.ts';

/** Topics remembered for all sessions together; beyond them the oldest sessions are forgotten. */
const rememberedTopics = 500_000;
/** What a session counts for beside its topics. */
const overhead = 50;

interface Kept {
  readonly left: readonly UnfinishedFeed[];
  readonly size: number;
}

/**
 * Retained messages that sessions had not got when their connection ended, for when they are resumed on this node. On another
 * node, or after a restart, they are not known: the device gets them when it subscribes again.
 */
export class UnfinishedFeeds {
  readonly #byClient = new Map<string, Kept>();
  #size = 0;

  keep(clientId: string, left: readonly UnfinishedFeed[]): void {
    this.take(clientId);
    const size = left.reduce((sum, { topics }) => sum + (topics?.size ?? 0), overhead);
    this.#byClient.set(clientId, { left, size });
    this.#size += size;
    for (const oldest of this.#byClient.keys()) {
      if (this.#size <= rememberedTopics) break;
      this.take(oldest);
    }
  }

  has(clientId: string): boolean {
    return this.#byClient.has(clientId);
  }

  /** What is left for a session that is resumed; it is forgotten here. */
  take(clientId: string): readonly UnfinishedFeed[] | undefined {
    const kept = this.#byClient.get(clientId);
    if (kept === undefined) return undefined;
    this.#byClient.delete(clientId);
    this.#size -= kept.size;
    return kept.left;
  }
}
