/** Cuts a stream of bytes into packets by nothing but their fixed headers, independent of any codec. */
export class Splitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Bytes of a packet whose end has not come. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** @throws Error when a Remaining Length has more than four bytes. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    for (let size = sizeOf(this.#rest); size !== undefined; size = sizeOf(this.#rest)) {
      packets.push(this.#rest.subarray(0, size));
      this.#rest = this.#rest.subarray(size);
    }
    return packets;
  }
}

/** Size of the first packet; undefined while it is not there as a whole. */
function sizeOf(bytes: Buffer): number | undefined {
  let body = 0;
  for (let at = 1; at < bytes.length; at++) {
    if (at > 4) throw new Error(`a Remaining Length of more than four bytes: ${bytes.toString('hex')}`);
    const digit = bytes[at] ?? 0;
    body += (digit & 0x7f) * 128 ** (at - 1);
    if (digit < 0x80) return bytes.length >= at + 1 + body ? at + 1 + body : undefined;
  }
  return undefined;
}
