/** First bytes of the RESP2 replies the link can meet (Redis protocol specification, RESP2). */
export const ReplyType = { SIMPLE: 0x2b, ERROR: 0x2d, INTEGER: 0x3a, BULK: 0x24 } as const;

/**
 * Called for each complete reply: its text is `bytes[start, end)`, readable only during the call. A null bulk reply has
 * `start` = -1.
 */
export type OnReply = (type: number, bytes: Buffer, start: number, end: number) => void;

const CR = 0x0d;

/**
 * Splits a RESP2 byte stream into replies without copying. Arrays do not occur: every command the link sends answers
 * with a status, an error, an integer or a bulk string.
 */
export class RespReader {
  readonly #onReply: OnReply;
  #rest: Buffer | undefined;

  constructor(onReply: OnReply) {
    this.#onReply = onReply;
  }

  /** @throws Error on bytes that are no such reply; the connection is then of no more use. */
  feed(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    const size = bytes.length;
    let at = 0;
    while (at < size) {
      const line = at + 1;
      let cr = line;
      while (cr < size && bytes[cr] !== CR) cr++;
      if (cr + 1 >= size) break;
      const type = bytes[at]!;
      if (type === ReplyType.BULK) {
        const length = decimal(bytes, line, cr);
        if (length < 0) {
          at = cr + 2;
          this.#onReply(type, bytes, -1, -1);
          continue;
        }
        const start = cr + 2;
        if (start + length + 2 > size) break;
        at = start + length + 2;
        this.#onReply(type, bytes, start, start + length);
      } else if (type === ReplyType.SIMPLE || type === ReplyType.ERROR || type === ReplyType.INTEGER) {
        at = cr + 2;
        this.#onReply(type, bytes, line, cr);
      } else {
        throw new Error(`unexpected reply type 0x${type.toString(16)}`);
      }
    }
    // What is kept is copied, so that a few bytes do not hold the whole chunk.
    if (at < size) this.#rest = Buffer.from(bytes.subarray(at));
  }
}

function decimal(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] === 0x2d) return -1;
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + bytes[i]! - 0x30;
  return value;
}
