import {
  adviceOf,
  type AckType,
  type ClientPacket,
  type CloseReason,
  type Connect,
  connectLevel,
  decode,
  declaredBytes,
  encodeControl,
  PacketType,
  ProtocolError,
  type ProtocolVersion,
} from '@tributary/protocol';
import type { Transport } from '../transports/transport.ts';
import { Connection, type ConnectionState } from './connection.ts';
import type { ConnectionServices } from './connection-services.ts';
import { Outbox } from './outbox.ts';
import { PauseCause } from './pause-cause.ts';

/** Takes what the device says. A thrown ProtocolError ends the connection with its code. */
export interface MqttHandler {
  /** Once, and first. */
  onConnect(packet: Connect): void;
  /** All that follows. */
  onPacket(packet: Exclude<ClientPacket, Connect>): void;
}

/** Takes the next packet of a device that is not let in yet. */
interface OneReader {
  readonly take: (packet: Exclude<ClientPacket, Connect>) => void;
  readonly reject: (error: unknown) => void;
}

/** MQTT 3.1.1 and 5.0 over any byte pipe. */
export class MqttConnection extends Connection {
  handler: MqttHandler | undefined;
  /** Reason codes and properties are of MQTT 5 only; 4 until CONNECT says. */
  version: ProtocolVersion = 4;
  /** The device's Maximum Packet Size; nothing larger is sent to it [MQTT-3.1.2-24]. */
  peerMaxPacketBytes = Infinity;
  /** Request Problem Information: the device wants reasons in words too (MQTT 5 section 3.1.2.11.7). */
  wantsProblems = true;
  readonly #outbox: Outbox;
  /** Read and not yet decoded: the bytes from `#at` to `#end`. Our own copy. */
  #buffer: Buffer | undefined;
  #at = 0;
  #end = 0;
  /** What is buffered is being decoded. */
  #isReading = false;
  #reader: OneReader | undefined;

  constructor(transport: Transport, listener: string, services: ConnectionServices) {
    super(transport, listener, services);
    this.#outbox = new Outbox(transport, services.flusher, services.limits.maxOutboxBytes, this);
  }

  get protocol(): string {
    return this.version === 5 ? 'mqtt5' : 'mqtt3.1.1';
  }
  override get gatheredBytes(): number {
    return this.#outbox.bytes;
  }
  override get bufferedBytes(): number {
    return this.#end - this.#at;
  }

  override onBytes(chunk: Buffer): void {
    if (!this.isOpen()) return;
    this.heard();
    if (this.#buffer === undefined && !this.isPaused) {
      const used = this.#decodeAll(chunk, 0, chunk.length);
      if (used < chunk.length && this.isOpen()) this.#keep(chunk, used);
    } else {
      this.#keep(chunk, 0);
      if (!this.isPaused) this.readBuffered();
    }
  }

  override onText(): void {
    this.close('unsupported-data');
  }

  /** A success acknowledgement; gathered with the others of this turn. */
  acknowledge(type: AckType, packetId: number): void {
    if (!this.isOpen()) return;
    this.tap?.ackOut(type, packetId);
    if (this.#outbox.offerAck(type, packetId) === 'overflow') this.close('slow-consumer');
  }

  /** A packet already encoded. */
  send(frame: Uint8Array): void {
    if (!this.isOpen()) return;
    if (frame.length > this.peerMaxPacketBytes)
      return this.close('too-large', 'an answer above what the device takes');
    this.tap?.packetOut(frame, this.version);
    if (this.#outbox.offer(frame) === 'overflow') this.close('slow-consumer');
  }

  protected override writeGathered(): void {
    this.#outbox.flush();
  }

  /**
   * Reads one packet of a device that is being admitted, and no more. `take` is called while its bytes are valid; what it
   * throws, and what is wrong with the packet, rejects and is left to the caller. Does not settle when the connection ends.
   */
  readOne<T>(take: (packet: Exclude<ClientPacket, Connect>) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reader = { take: (packet) => resolve(take(packet)), reject };
      this.resume(PauseCause.ADMITTING);
    });
  }

  protected override sayClosed(reason: CloseReason, previous: ConnectionState): void {
    const { mqtt: reasonCode, says } = adviceOf(reason);
    // Before a successful CONNACK a server sends no DISCONNECT [MQTT-3.14.0-1]; 3.1.1 has none for servers.
    if (previous !== 'active' || this.version !== 5) return;
    const properties = { reasonString: says, userProperties: { reason } };
    const worded = encodeControl({ cmd: 'disconnect', reasonCode, properties }, 5);
    const fits = this.wantsProblems && worded.length <= this.peerMaxPacketBytes;
    const frame = fits ? worded : encodeControl({ cmd: 'disconnect', reasonCode }, 5);
    if (frame.length > this.peerMaxPacketBytes) return;
    this.tap?.packetOut(frame, 5);
    this.#outbox.offer(frame);
  }

  protected override readBuffered(): void {
    const buffer = this.#buffer;
    // What a packet causes may resume reading: the loop that runs already goes on.
    if (buffer === undefined || this.#isReading) return;
    this.#isReading = true;
    this.#at = this.#decodeAll(buffer, this.#at, this.#end);
    this.#isReading = false;
    if (!this.isOpen() || this.#at === this.#end) this.#buffer = undefined;
    this.noteHeld();
  }

  protected override forgetRead(): void {
    this.#buffer = undefined;
  }

  /** Decodes packets until one is incomplete, reading pauses or the connection ends. Returns how far it came. */
  #decodeAll(bytes: Buffer, from: number, end: number): number {
    const { limits } = this.services;
    let at = from;
    try {
      while (at < end && this.canTake()) {
        const packet = decode(bytes, at, end, this.version, limits);
        if (packet === undefined) break;
        this.tap?.packetIn(packet, packet.end - at);
        this.packetBytes = packet.end - at;
        this.behindBytes = end - packet.end;
        this.#take(packet);
        at = packet.end;
      }
    } catch (error) {
      if (this.state === 'greeting') this.#refuseGreeting(error, bytes, at);
      // Whatever is wrong with a second CONNECT, that it is one comes first [MQTT-3.1.0-2].
      const mayBeSecond = this.state === 'active' || this.#reader !== undefined;
      const isSecond = mayBeSecond && bytes[at]! >> 4 === PacketType.CONNECT;
      this.#failReading(isSecond ? new ProtocolError('protocol-error', 'a second CONNECT') : error);
    }
    return at;
  }

  #take(packet: ClientPacket): void {
    if (this.state === 'greeting') {
      // [MQTT-3.1.0-1]
      if (packet.type !== PacketType.CONNECT) throw new ProtocolError('protocol-error', 'no CONNECT first');
      this.version = packet.version;
      this.beginAdmission();
      this.handler!.onConnect(packet);
    } else {
      if (packet.type === PacketType.CONNECT) throw new ProtocolError('protocol-error', 'a second CONNECT'); // [MQTT-3.1.0-2]
      if (this.state === 'active') this.handler!.onPacket(packet);
      else this.#takeOne(packet);
    }
  }

  #takeOne(packet: Exclude<ClientPacket, Connect>): void {
    this.pause(PauseCause.ADMITTING);
    this.#reader!.take(packet);
    this.#reader = undefined;
  }

  #failReading(error: unknown): void {
    const reader = this.#reader;
    if (reader === undefined) return this.fail(error);
    this.#reader = undefined;
    this.pause(PauseCause.ADMITTING);
    reader.reject(error);
  }

  /** A CONNECT that cannot be read is answered in a form its version reads [MQTT-3.1.2-2]. */
  #refuseGreeting(error: unknown, bytes: Buffer, at: number): void {
    if (!(error instanceof ProtocolError)) return;
    const level = bytes[at]! >> 4 === PacketType.CONNECT ? connectLevel(bytes, at) : 0;
    if (error.code === 'unsupported-version') {
      this.#outbox.offer(Buffer.from(level > 4 ? [0x20, 3, 0, 0x84, 0] : [0x20, 2, 0, 1]));
    } else if (level === 5) {
      // 3.1.1 is closed without a word; MQTT 5 may be told what was wrong (section 4.13.1).
      const { mqtt, connack5 = mqtt } = adviceOf(error.code);
      this.#outbox.offer(encodeControl({ cmd: 'connack', sessionPresent: false, reasonCode: connack5 }, 5));
    }
  }

  /** Keeps what cannot be decoded yet, in one buffer that grows to what the packet declares. */
  #keep(chunk: Buffer, from: number): void {
    const count = chunk.length - from;
    const held = this.bufferedBytes;
    if (this.#buffer === undefined || this.#end + count > this.#buffer.length) {
      const roomy = Math.max(held + count, Math.min(held * 2, this.services.limits.maxPacketBytes));
      const grown = Buffer.allocUnsafeSlow(Math.max(roomy, this.#declared(chunk, from)));
      this.#buffer?.copy(grown, 0, this.#at, this.#end);
      this.#buffer = grown;
      this.#at = 0;
      this.#end = held;
    }
    chunk.copy(this.#buffer, this.#end, from);
    this.#end += count;
    this.noteHeld();
  }

  /** Size the first packet of a fresh remainder says it has, as far as it is a modest one: no trust before bytes. */
  #declared(chunk: Buffer, from: number): number {
    if (this.#buffer !== undefined) return 0;
    try {
      return Math.min(
        declaredBytes(chunk, from, chunk.length, this.services.limits.maxPacketBytes),
        16 * 1024,
      );
    } catch {
      return 0; // decoding meets the same fault and names it
    }
  }
}
