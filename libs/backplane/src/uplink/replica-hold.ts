import { ReplyType } from './resp-reader.ts';

/** How many replicas must have a flush before it counts as stored. */
export interface ReplicaDemand {
  readonly count: number;
  /** Longest wait for them, ms; then those that have it are counted. */
  readonly timeoutMs: number;
}

/** A reply that is kept: its type, and its text, '' where it does not matter. */
type Kept = (type: number, text: Buffer) => void;

const nothing = Buffer.alloc(0);

/**
 * Keeps the replies of one flush until that of the WAIT behind it says how many replicas have it. WAIT (Redis) answers when so
 * many replicas have confirmed everything this connection wrote before, or when its time is over.
 */
export class ReplicaHold {
  /** The command that ends a flush. */
  readonly command: { readonly bytes: Buffer };
  readonly #count: number;
  readonly #types: number[] = [];
  readonly #texts: Buffer[] = [];
  #expected = 0;

  constructor({ count, timeoutMs }: ReplicaDemand) {
    const words = ['WAIT', String(count), String(timeoutMs)];
    const bytes = Buffer.from(`*3\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
    this.command = { bytes };
    this.#count = count;
  }

  /** A flush of so many commands leaves, with WAIT behind it. Replies of one that was abandoned are forgotten. */
  begin(commands: number): void {
    this.#expected = commands;
    this.#types.length = 0;
    this.#texts.length = 0;
  }

  /**
   * Takes the next reply.
   * @returns undefined while replies are awaited; then whether enough replicas have the flush; `refused`: nobody can tell
   */
  take(
    type: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): 'enough' | 'too-few' | 'refused' | undefined {
    if (this.#types.length < this.#expected) {
      this.#types.push(type);
      // Of a stored entry the id does not matter; of a number its first digit does, of an error all of it.
      const isPlain = type === ReplyType.BULK || type === ReplyType.SIMPLE;
      this.#texts.push(isPlain ? nothing : Buffer.from(bytes.subarray(start, end)));
      return undefined;
    }
    if (type !== ReplyType.INTEGER) return 'refused';
    return Number(bytes.toString('latin1', start, end)) >= this.#count ? 'enough' : 'too-few';
  }

  /** Hands over what was kept, in order. */
  release(onReply: Kept): void {
    for (const [i, type] of this.#types.entries()) onReply(type, this.#texts[i]!);
    this.begin(0);
  }
}
