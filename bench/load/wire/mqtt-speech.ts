import type { Slab } from '../slab.ts';
import { Carry } from './carry.ts';
import {
  ackPacket,
  connectPacket,
  disconnectBytes,
  pingreqBytes,
  publishPacket,
  readPackets,
  subscribePacket,
  type ConnectFacts,
  type PacketSink,
} from './mqtt.ts';
import type { Listener, Speech } from './speech.ts';
import { clientFrame, frameHeadroom, opcodes, sealFrame, type Upgrade } from './websocket.ts';
import { WebSocketReader, type WebSocketSink } from './websocket-reader.ts';

const noHeadroom = (): number => 0;

/** MQTT 3.1.1 or 5, over TCP or, when given an upgrade, in binary WebSocket frames. */
export class MqttSpeech implements Speech, PacketSink, WebSocketSink {
  readonly #facts: ConnectFacts;
  readonly #qos: 0 | 1 | 2;
  readonly #slab: Slab;
  readonly #listener: Listener;
  readonly #upgrade: Upgrade | undefined;
  readonly #packets = new Carry({ consume: (bytes, from, to) => readPackets(bytes, from, to, this) });
  readonly #frames: Carry | undefined;

  constructor(facts: ConnectFacts, qos: 0 | 1 | 2, slab: Slab, listener: Listener, upgrade?: Upgrade) {
    this.#facts = facts;
    this.#qos = qos;
    this.#slab = slab;
    this.#listener = listener;
    this.#upgrade = upgrade;
    if (upgrade !== undefined) this.#frames = new Carry(new WebSocketReader(upgrade.accept, this));
  }

  opening(): Buffer {
    return this.#upgrade?.request ?? connectPacket(this.#facts);
  }

  feed(bytes: Buffer, from: number, to: number): void {
    (this.#frames ?? this.#packets).feed(bytes, from, to);
  }

  publish(message: { topic: Buffer; payload: Buffer; packetId: number; dup: boolean }): Buffer {
    const { version } = this.#facts;
    const isFramed = this.#upgrade !== undefined;
    const bytes = publishPacket(
      { ...message, version, qos: this.#qos },
      this.#slab,
      isFramed ? frameHeadroom : noHeadroom,
    );
    if (isFramed) sealFrame(bytes, headroomIn(bytes.length), opcodes.binary);
    return bytes;
  }

  pubrel(packetId: number): Buffer {
    return this.#wrap(ackPacket(0x62, packetId));
  }
  subscribe(packetId: number, filter: string, qos: 0 | 1 | 2): Buffer {
    return this.#wrap(subscribePacket(this.#facts.version, packetId, filter, qos));
  }
  ping(): Buffer {
    return this.#wrap(pingreqBytes);
  }
  goodbye(): Buffer {
    return this.#wrap(disconnectBytes);
  }

  packet(header: number, bytes: Buffer, from: number, to: number): void {
    const listener = this.#listener;
    switch (header >> 4) {
      case 2:
        return this.#connack(bytes, from, to);
      case 3:
        return this.#message(header, bytes, from, to);
      case 4:
        return this.#settled(bytes, from, to);
      case 5:
        if (to - from > 2 && bytes[from + 2]! >= 0x80) return this.#settled(bytes, from, to);
        return listener.received(bytes.readUInt16BE(from));
      case 6:
        return listener.reply(this.#wrap(ackPacket(0x70, bytes.readUInt16BE(from))));
      case 7:
        return listener.acked(bytes.readUInt16BE(from));
      case 9: // its last byte is the code of the one filter
        return listener.granted(bytes[to - 1]! < 0x80);
      case 13:
        return listener.ponged();
      case 14:
        return listener.goodbye(`disconnect-${hex(to > from ? bytes[from]! : 0)}`);
      default: // UNSUBACK
    }
  }

  // WebSocketSink
  opened(): void {
    this.#listener.reply(this.#wrap(connectPacket(this.#facts)));
  }
  refused(reason: string): void {
    this.#listener.refused(reason);
  }
  data(bytes: Buffer, from: number, to: number): void {
    this.#packets.feed(bytes, from, to);
  }
  pinged(payload: Buffer): void {
    this.#listener.reply(clientFrame(opcodes.pong, payload));
  }
  closing(code: number): void {
    this.#listener.goodbye(`ws-${code}`);
  }

  #connack(bytes: Buffer, from: number, to: number): void {
    const code = bytes[from + 1]!;
    if (code !== 0) return this.#listener.refused(`connack-${hex(code)}`);
    const window = this.#facts.version === 5 ? receiveMaximum(bytes, from + 2, to) : 65_535;
    this.#listener.greeted({ sessionPresent: (bytes[from]! & 1) === 1, window });
  }

  // PUBACK, or a PUBREC that refuses
  #settled(bytes: Buffer, from: number, to: number): void {
    const packetId = (bytes[from]! << 8) | bytes[from + 1]!;
    const reason = to - from > 2 ? bytes[from + 2]! : 0;
    if (reason < 0x80) this.#listener.acked(packetId);
    else this.#listener.rejected(packetId, hex(reason));
  }

  #message(header: number, bytes: Buffer, from: number, to: number): void {
    const qos = (header >> 1) & 3;
    const topicEnd = from + 2 + bytes.readUInt16BE(from);
    let at = qos === 0 ? topicEnd : topicEnd + 2;
    if (this.#facts.version === 5) at = propertiesEnd(bytes, at);
    this.#listener.message((header & 8) !== 0, bytes, at, to);
    if (qos === 0) return;
    const packetId = bytes.readUInt16BE(topicEnd);
    this.#listener.reply(this.#wrap(ackPacket(qos === 1 ? 0x40 : 0x50, packetId)));
  }

  #wrap(bytes: Buffer): Buffer {
    return this.#upgrade === undefined ? bytes : clientFrame(opcodes.binary, bytes);
  }
}

// The headroom that `frameHeadroom` chose, from the length with it.
function headroomIn(framedBytes: number): number {
  return framedBytes - 6 < 126 ? 6 : framedBytes - 8 < 65_536 ? 8 : 14;
}

const hex = (code: number): string => `0x${code.toString(16).padStart(2, '0')}`;

// Bytes of the value of each CONNACK property with a fixed size (MQTT 5 section 2.2.2.2).
const fixedSizes: Readonly<Record<number, number>> = {
  0x11: 4, 0x21: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x22: 2, 0x28: 1, 0x29: 1, 0x2a: 1, 0x13: 2,
}; // prettier-ignore

// Where the properties that begin at `at` end.
function propertiesEnd(bytes: Buffer, at: number): number {
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return at + length;
  }
}

/** Receive Maximum of a CONNACK's properties; 65,535 when absent (MQTT 5 section 3.2.2.3.3). */
function receiveMaximum(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! >= 0x80) at++; // the properties' length: only its end matters here
  at++;
  while (at < to) {
    const id = bytes[at++]!;
    if (id === 0x21) return bytes.readUInt16BE(at);
    const fixed = fixedSizes[id];
    if (fixed !== undefined) at += fixed;
    else if (id === 0x26) {
      at += 2 + bytes.readUInt16BE(at);
      at += 2 + bytes.readUInt16BE(at);
    } else at += 2 + bytes.readUInt16BE(at);
  }
  return 65_535;
}
