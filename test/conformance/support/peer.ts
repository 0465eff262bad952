import mqttPacket from 'mqtt-packet';
import type { Packet, PacketCmd } from 'mqtt-packet';
import type { Gateway } from '../../support/gateway.ts';
import { bytesOf, type Version } from '../../support/raw-mqtt.ts';
import { openPipe, type Ending, type Pipe, type Transport } from './pipe.ts';
import { Splitter } from './splitter.ts';

export type OfKind<K extends PacketCmd> = Extract<Packet, { cmd: K }>;

/** A packet of the server: as its bytes stood on the wire, and as mqtt-packet reads them. */
export interface Received<P extends Packet = Packet> {
  raw: Buffer;
  packet: P;
}

/** Milliseconds to wait for what the server owes. Paid by failing tests only. */
const patienceMs = 15_000;

/**
 * The far end of a connection, without manners: it sends exactly the bytes it is told, answers nothing by itself, and
 * hands out the packets of the server in the order they came, each of them once.
 */
export class Peer {
  readonly version: Version;
  readonly transport: Transport;
  /** How the server ended the connection; undefined while it stands. */
  ending: Ending | undefined;
  /** Text frames the server sent. */
  textFrames = 0;
  /** Everything ever received, also what was handed out. */
  readonly history: Received[] = [];
  #pipe!: Pipe;
  #waiting: Received[] = [];
  #unreadable: string | undefined;
  readonly #sleepers = new Set<() => void>();
  readonly #splitter = new Splitter();
  readonly #parser: mqttPacket.Parser;
  #parsed: Packet | undefined;

  /** Not open yet: `open` makes one that is. */
  constructor(version: Version, transport: Transport) {
    this.version = version;
    this.transport = transport;
    this.#parser = mqttPacket.parser({ protocolVersion: version });
    this.#parser.on('packet', (packet) => (this.#parsed = packet));
    this.#parser.on('error', (error: Error) => (this.#unreadable ??= error.message));
  }

  /** Opens a connection and sends nothing. */
  static async open<P extends Peer>(
    this: { new (version: Version, transport: Transport): P },
    gateway: Gateway,
    transport: Transport,
    version: Version,
  ): Promise<P> {
    const peer = new this(version, transport);
    peer.#pipe = await openPipe(gateway, transport, {
      onBytes: (bytes) => peer.#take(bytes),
      onClose: (ending) => {
        peer.ending = ending;
        peer.#wake();
      },
      onText: () => {
        peer.textFrames++;
        peer.#unreadable ??= 'a text frame';
        peer.#wake();
      },
    });
    return peer;
  }

  #take(bytes: Buffer): void {
    try {
      for (const raw of this.#splitter.push(bytes)) this.#keep(raw);
    } catch (error) {
      this.#unreadable ??= String(error);
    }
    this.#wake();
  }

  #keep(raw: Buffer): void {
    this.#parsed = undefined;
    this.#parser.parse(raw);
    const packet: Packet | undefined = this.#parsed;
    if (packet === undefined) {
      this.#unreadable = `${this.#unreadable ?? 'no packet'} in ${raw.toString('hex')}`;
      return;
    }
    this.history.push({ raw, packet });
    this.#waiting.push({ raw, packet });
  }

  /** Sends packets and raw bytes joined in one write, which is one frame on a WebSocket. */
  send(...pieces: (Packet | Uint8Array)[]): void {
    const bytes = pieces.map((piece) => (piece instanceof Uint8Array ? piece : bytesOf(piece, this.version)));
    this.#pipe.write(Buffer.concat(bytes));
  }

  /** Sends the bytes in writes of `size` bytes, each in a turn of its own. */
  async sendSplit(bytes: Uint8Array, size: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.#pipe.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The next packet of the server, whatever it is. */
  async next(deadlineMs = patienceMs): Promise<Received> {
    await this.#until('a packet', deadlineMs, () => this.#waiting.length > 0 || this.ending !== undefined);
    const received = this.#waiting.shift();
    if (received === undefined) throw new Error(`the connection ended instead of a packet: ${this.#state()}`);
    return received;
  }

  /** The next packet, which must be of this kind; raw bytes and all. */
  async nextRaw<K extends PacketCmd>(kind: K, deadlineMs?: number): Promise<Received<OfKind<K>>> {
    const received = await this.next(deadlineMs);
    if (received.packet.cmd !== kind)
      throw new Error(`${kind} expected, the server sent ${JSON.stringify(received.packet)}`);
    return received as Received<OfKind<K>>;
  }

  /** The next packet, which must be of this kind. */
  async expect<K extends PacketCmd>(kind: K, deadlineMs?: number): Promise<OfKind<K>> {
    return (await this.nextRaw(kind, deadlineMs)).packet;
  }

  /** The oldest packet of this kind that matches, past others, which stay to be taken. */
  async take<K extends PacketCmd>(
    kind: K,
    matches: (packet: OfKind<K>) => boolean = () => true,
    deadlineMs = patienceMs,
  ): Promise<OfKind<K>> {
    const find = (): number =>
      this.#waiting.findIndex(({ packet }) => packet.cmd === kind && matches(packet as OfKind<K>));
    await this.#until(kind, deadlineMs, () => find() >= 0 || this.ending !== undefined);
    const [received] = this.#waiting.splice(find() >= 0 ? find() : this.#waiting.length, 1);
    if (received === undefined) throw new Error(`the connection ended without ${kind}: ${this.#state()}`);
    return received.packet as OfKind<K>;
  }

  /** Waits until the server ended the connection, and answers what it sent before and nobody took. */
  async ended(deadlineMs = patienceMs): Promise<Packet[]> {
    await this.#until('the end of the connection', deadlineMs, () => this.ending !== undefined);
    if (this.#splitter.rest.length > 0)
      throw new Error(`the connection ended within a packet: ${this.#splitter.rest.toString('hex')}`);
    return this.#waiting.splice(0).map(({ packet }) => packet);
  }

  /** Waits until the server answers PINGREQ, and throws when anything came before. */
  async nothingMore(): Promise<void> {
    this.send({ cmd: 'pingreq' });
    await this.expect('pingresp');
  }

  /** Waits for our own end of the connection. */
  async gone(): Promise<void> {
    await this.#until('the connection to be gone', patienceMs, () => this.ending !== undefined);
  }

  /** Ends our side behind what was sent: FIN, or a WebSocket close. */
  finish(): void {
    this.#pipe.end();
  }

  /** Ends the connection without a word, which is no graceful end to MQTT. */
  drop(): void {
    this.#pipe.destroy();
  }

  /** Stops reading; what the server sends piles up. */
  stopReading(): void {
    this.#pipe.pause();
  }

  readAgain(): void {
    this.#pipe.resume();
  }

  #state(): string {
    const packets = this.history.map(({ packet }) => packet);
    return `got ${JSON.stringify(packets)}, ${this.ending ? `ended ${JSON.stringify(this.ending)}` : 'open'}`;
  }

  async #until(what: string, deadlineMs: number, isThere: () => boolean): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!isThere() && this.#unreadable === undefined) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`still waiting after ${deadlineMs} ms for ${what}: ${this.#state()}`);
      await this.#wokenWithin(leftMs);
    }
    if (this.#unreadable !== undefined)
      throw new Error(`the server sent what is no packet: ${this.#unreadable}`);
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  /** There may be several at a time, who wait for different packets. */
  #wokenWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }
}
