/** Lines joined, to be written at once. */
export interface Batch {
  readonly bytes: Buffer;
  readonly lines: number;
}

/** Lines that wait for whoever takes them, up to a number of bytes. What finds no room is dropped and counted. */
export class Backlog {
  /** Lines that found no room, since the start. */
  dropped = 0;
  readonly #maxBytes: number;
  #lines: Buffer[] = [];
  /** Was taken and could not be written: goes before the lines. */
  #returned: Batch | undefined;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#returned === undefined;
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

  /** The oldest line, or undefined; for those who give nothing back. */
  take(): Buffer | undefined {
    const line = this.#lines.shift();
    this.#bytes -= line?.length ?? 0;
    return line;
  }

  /** The oldest lines, joined: one at least, and no more of them than fit into `maxBytes`; or what was given back. */
  takeUpTo(maxBytes: number): Batch {
    const batch = this.#returned ?? this.#join(maxBytes);
    this.#returned = undefined;
    this.#bytes -= batch.bytes.length;
    return batch;
  }

  /** Nobody takes them any more: what waits is lost. */
  abandon(): void {
    this.dropped += this.#lines.length + (this.#returned?.lines ?? 0);
    this.#lines = [];
    this.#returned = undefined;
    this.#bytes = 0;
  }

  /** What was taken last and could not be written comes first again. */
  giveBack(batch: Batch): void {
    if (batch.lines === 0) return;
    this.#returned = batch;
    this.#bytes += batch.bytes.length;
  }

  #join(maxBytes: number): Batch {
    let bytes = 0;
    let lines = 0;
    for (const line of this.#lines) {
      if (lines > 0 && bytes + line.length > maxBytes) break;
      bytes += line.length;
      lines++;
    }
    return { bytes: Buffer.concat(this.#lines.splice(0, lines), bytes), lines };
  }
}
