import type { FloorStore, StoreClient } from './floor-store.ts';

const connack = Buffer.from([0x20, 2, 0, 0]);
const pingresp = Buffer.from([0xd0, 0]);

/** One MQTT 3.1.1 connection of the floor: knows CONNECT, PUBLISH at QoS 1, PINGREQ and DISCONNECT. */
export class FloorConnection implements StoreClient {
  prefix: Buffer = Buffer.alloc(0);
  seq = 0;
  readonly #store: FloorStore;
  readonly #send: (packets: Buffer) => void;
  readonly #end: () => void;
  #rest: Buffer | undefined;
  #acks: number[] = [];

  /** @param send takes whole packets and frames them where need be. */
  constructor(store: FloorStore, send: (packets: Buffer) => void, end: () => void) {
    this.#store = store;
    this.#send = send;
    this.#end = end;
  }

  data(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    while (bytes.length - at >= 2) {
      let length = bytes[at + 1]!;
      let start = at + 2;
      if (length > 127) {
        if (bytes.length - at < 3) break;
        length = (length & 0x7f) | (bytes[at + 2]! << 7); // packets below 16 KB
        start = at + 3;
      }
      const end = start + length;
      if (end > bytes.length) break;
      this.#packet(bytes, bytes[at]!, start, end);
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }

  stored(packetId: number): void {
    this.#acks.push(packetId);
  }

  // The acknowledgements of one chunk of replies leave as one write.
  replied(): void {
    const acks = this.#acks;
    if (acks.length === 0) return;
    const bytes = Buffer.allocUnsafe(acks.length * 4);
    for (let i = 0; i < acks.length; i++) {
      bytes[4 * i] = 0x40;
      bytes[4 * i + 1] = 2;
      bytes[4 * i + 2] = acks[i]! >> 8;
      bytes[4 * i + 3] = acks[i]! & 0xff;
    }
    acks.length = 0;
    this.#send(bytes);
  }

  #packet(bytes: Buffer, header: number, start: number, end: number): void {
    switch (header >> 4) {
      case 3: {
        const topicEnd = start + 2 + ((bytes[start]! << 8) | bytes[start + 1]!);
        const packetId = (bytes[topicEnd]! << 8) | bytes[topicEnd + 1]!;
        const topic = bytes.subarray(start + 2, topicEnd);
        return this.#store.append(this, packetId, topic, bytes.subarray(topicEnd + 2, end));
      }
      case 1: {
        const clientId = bytes.toString('utf8', start + 12, start + 12 + bytes.readUInt16BE(start + 10));
        this.prefix = this.#store.prefixFor(clientId);
        return this.#send(connack);
      }
      case 12:
        return this.#send(pingresp);
      default:
        return this.#end();
    }
  }
}
