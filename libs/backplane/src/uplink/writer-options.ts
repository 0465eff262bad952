import type { ClassShares } from './deficit-round-robin.ts';
import type { LinkOptions } from './link.ts';
import type { ReplicaDemand } from './replica-hold.ts';

export interface WriterOptions extends LinkOptions {
  /** With something sent and no reply for so long, the link is given up. */
  readonly replyTimeoutMs: number;
  /** A flush holds about so many bytes at the most. */
  readonly maxFlushBytes: number;
  readonly shares: ClassShares;
  /** Each flush ends in a WAIT, and counts as stored when so many replicas have it. Undefined: the master is enough. */
  readonly replicas?: ReplicaDemand | undefined;
  /** Monotonic clock in ms. */
  readonly monotonic: () => number;
}

export interface WriterEvents {
  onUp(): void;
  /** `why` in words for the log. */
  onDown(why: string): void;
  /** After the settlements of one chunk of replies, or of a lost link: the place to write what they caused. */
  onSettledChunk(): void;
  /** Redis refused a message for a reason of its own (`OOM`, …); its text. */
  onRefused(reply: string): void;
  /** `count` messages were stored, the first of which had waited `ms`. */
  onLatency(count: number, ms: number): void;
}

/** What waits to be stored, of one class or of all. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

/** What waits in batches, some of which may be answered in part. */
export function backlogIn(
  batches: readonly { count: number; answered: number; byteLength: number }[],
): Backlog {
  return {
    messages: batches.reduce((sum, { count, answered }) => sum + count - answered, 0),
    bytes: batches.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}
