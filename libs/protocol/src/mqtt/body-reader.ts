import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../errors.ts';

/**
 * Steps through the body of one packet, from `at` to `end`, in the data types of MQTT 5 section 1.5. Reading beyond the
 * end is `malformed`. For packets that are rare; PUBLISH and its acknowledgements are read without it.
 */
export class BodyReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  byte(): number {
    return this.bytes[this.#take(1)]!;
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4));
  }

  /** Variable Byte Integer: at most four bytes, and no more than it needs [MQTT-1.5.5-1]. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2_097_152; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte === 0 && scale > 1) break;
      if (byte < 0x80) return value;
    }
    throw new ProtocolError('malformed', 'variable byte integer of more bytes than it may have');
  }

  binary(): Buffer {
    const length = this.uint16();
    const from = this.#take(length);
    return this.bytes.subarray(from, from + length);
  }

  /** A string: well-formed UTF-8 without U+0000 [MQTT-1.5.4-1, -2]. */
  text(): string {
    const raw = this.binary();
    if (!isUtf8(raw)) throw new ProtocolError('malformed', 'text is not UTF-8');
    if (raw.includes(0)) throw new ProtocolError('malformed', 'U+0000 in a text');
    return raw.toString('utf8');
  }

  /** A reader of the next `length` bytes, which this one steps over. */
  part(length: number): BodyReader {
    const from = this.#take(length);
    return new BodyReader(this.bytes, from, from + length);
  }

  /** @throws ProtocolError `malformed` when something is left */
  finish(): void {
    if (!this.isAtEnd)
      throw new ProtocolError('malformed', `${this.end - this.at} bytes behind the packet's end`);
  }

  #take(count: number): number {
    const from = this.at;
    if (count > this.end - from) throw new ProtocolError('malformed', 'packet ends too early');
    this.at = from + count;
    return from;
  }
}
