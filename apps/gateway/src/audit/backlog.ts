/** Lines that wait for whoever takes them, up to a number of bytes. What finds no room is dropped and counted. */
export class Backlog {
  /** Lines that found no room, since the start. */
  dropped = 0;
  readonly #maxBytes: number;
  #lines: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** The newest goes when there is no room: what began it is worth more than its thousandth repetition. */
  offer(line: Buffer): boolean {
    if (this.#bytes + line.length > this.#maxBytes) {
      this.dropped++;
      return false;
    }
    this.#lines.push(line);
    this.#bytes += line.length;
    return true;
  }

  /** The oldest line, or undefined. */
  take(): Buffer | undefined {
    const line = this.#lines.shift();
    this.#bytes -= line?.length ?? 0;
    return line;
  }

  /** The oldest lines, joined: one at least, and no more of them than fit into `maxBytes`. */
  takeUpTo(maxBytes: number): Buffer {
    let bytes = 0;
    let count = 0;
    for (const line of this.#lines) {
      if (count > 0 && bytes + line.length > maxBytes) break;
      bytes += line.length;
      count++;
    }
    this.#bytes -= bytes;
    return Buffer.concat(this.#lines.splice(0, count), bytes);
  }

  /** Nobody takes them any more: what waits is lost. */
  abandon(): void {
    this.dropped += this.#lines.length;
    this.#lines = [];
    this.#bytes = 0;
  }

  /** What was taken and could not be written comes first again. */
  giveBack(lines: Buffer): void {
    if (lines.length === 0) return;
    this.#lines.unshift(lines);
    this.#bytes += lines.length;
  }
}
