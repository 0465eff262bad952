import { connect, type Socket } from 'node:net';
import { partitionOf } from '@tributary/protocol';
import type { PeerOptions } from './peer-options.ts';

/** Someone who waits for his entries to be stored. */
export interface StoreClient {
  /** Bytes that begin every XADD of this client; made by `prefixFor`. */
  prefix: Buffer;
  seq: number;
  /** The entry is stored. */
  stored(packetId: number): void;
  /** All entries that this chunk of replies confirmed were told. */
  replied(): void;
}

const fieldTopic = Buffer.from('$5\r\ntopic\r\n');
const fieldPayload = Buffer.from('$7\r\npayload\r\n');

/**
 * The least that stores a message: RESP by hand, one buffer of XADDs per turn of the loop, replies matched in order.
 * No error handling, no reconnect, no limits.
 */
export class FloorStore {
  readonly #socket: Socket;
  readonly #options: PeerOptions;
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #used = 0;
  #isScheduled = false;
  #waiting: StoreClient[] = [];
  #packetIds: number[] = [];
  #head = 0;
  #middle = Buffer.alloc(0);
  #middleMs = 0;
  #rest = Buffer.alloc(0);

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#socket = connect({ host: '127.0.0.1', port: options.redisPort, noDelay: true });
    this.#socket.on('data', (bytes) => this.#replies(bytes));
    this.#socket.on('close', () => process.exit(1));
  }

  prefixFor(device: string): Buffer {
    const { namespace, partitions, streamMaxLength } = this.#options;
    const key = `${namespace}:{p${partitionOf(device, partitions)}}:up`;
    const words = [
      'XADD',
      key,
      'MAXLEN',
      '~',
      String(streamMaxLength),
      '*',
      'device',
      device,
      'epoch',
      '1',
      'seq',
    ];
    return Buffer.from(
      `*20\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
  }

  append(client: StoreClient, packetId: number, topic: Buffer, payload: Buffer): void {
    const most = client.prefix.length + topic.length + payload.length + 160;
    if (this.#used + most > this.#buffer.length) this.#grow(most);
    const buffer = this.#buffer;
    let at = this.#used;
    at = put(buffer, at, client.prefix);
    at = putNumber(buffer, at, ++client.seq);
    at = put(buffer, at, fieldTopic);
    at = putBytes(buffer, at, topic);
    at = put(buffer, at, this.#qosAndTime());
    at = put(buffer, at, fieldPayload);
    this.#used = putBytes(buffer, at, payload);
    this.#waiting.push(client);
    this.#packetIds.push(packetId);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    const done = this.#socket.write(this.#buffer.subarray(0, this.#used));
    // What the kernel did not take at once stays referenced; a new buffer is begun then.
    if (!done || this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length);
    this.#used = 0;
  };

  #grow(most: number): void {
    const grown = Buffer.allocUnsafeSlow(this.#buffer.length * 2 + most);
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }

  // `qos 1 ts NOW`, made once a millisecond.
  #qosAndTime(): Buffer {
    const nowMs = Date.now();
    if (nowMs !== this.#middleMs) {
      this.#middleMs = nowMs;
      this.#middle = Buffer.from(`$3\r\nqos\r\n$1\r\n1\r\n$2\r\nts\r\n$13\r\n${nowMs}\r\n`);
    }
    return this.#middle;
  }

  // Each reply is `$15\r\n1700000000000-0\r\n`.
  #replies(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const touched: StoreClient[] = [];
    let at = 0;
    for (;;) {
      const line = bytes.indexOf(10, at);
      if (line < 0) break;
      if (bytes[at] !== 0x24) throw new Error(`Redis said ${bytes.toString('latin1', at, line)}`);
      let length = 0;
      for (let i = at + 1; i < line - 1; i++) length = length * 10 + bytes[i]! - 48;
      const end = line + 1 + length + 2;
      if (end > bytes.length) break;
      const client = this.#waiting[this.#head]!;
      client.stored(this.#packetIds[this.#head]!);
      if (touched.at(-1) !== client) touched.push(client);
      this.#head++;
      at = end;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    for (const client of touched) client.replied();
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#packetIds = [];
      this.#head = 0;
    } else if (this.#head > 16_384) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#packetIds = this.#packetIds.slice(this.#head);
      this.#head = 0;
    }
  }
}

function put(buffer: Buffer, at: number, bytes: Buffer): number {
  bytes.copy(buffer, at);
  return at + bytes.length;
}

// A bulk string around a number.
function putNumber(buffer: Buffer, at: number, value: number): number {
  const digits =
    value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : String(value).length;
  buffer[at] = 0x24;
  at = putDigits(buffer, at + 1, digits, digits < 10 ? 1 : 2);
  at = putLineEnd(buffer, at);
  at = putDigits(buffer, at, value, digits);
  return putLineEnd(buffer, at);
}

// A bulk string around bytes.
function putBytes(buffer: Buffer, at: number, bytes: Buffer): number {
  const { length } = bytes;
  buffer[at] = 0x24;
  at = putDigits(
    buffer,
    at + 1,
    length,
    length < 10 ? 1 : length < 100 ? 2 : length < 1000 ? 3 : String(length).length,
  );
  at = putLineEnd(buffer, at);
  at = put(buffer, at, bytes);
  return putLineEnd(buffer, at);
}

function putDigits(buffer: Buffer, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    buffer[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
}

function putLineEnd(buffer: Buffer, at: number): number {
  buffer[at] = 13;
  buffer[at + 1] = 10;
  return at + 2;
}
