import mqttPacket, { type Packet } from 'mqtt-packet';
import { Opcode } from './grammar/websocket.ts';
import { Manners } from './manners.ts';

/** Reads what the server says in MQTT, as strictly as a client may, and complains about what no server may say. */
export class MqttReader {
  /** As the CONNACK says; 5 until then. */
  version: 4 | 5 = 5;
  readonly #onPacket: (packet: Packet) => void;
  readonly #onComplaint: (complaint: string) => void;
  readonly #manners = new Manners();
  #parser: mqttPacket.Parser | undefined;
  #start = Buffer.alloc(0);

  constructor(onPacket: (packet: Packet) => void, onComplaint: (complaint: string) => void) {
    this.#onPacket = onPacket;
    this.#onComplaint = onComplaint;
  }

  read(bytes: Buffer): void {
    if (this.#parser !== undefined) return void this.#parser.parse(bytes);
    this.#start = Buffer.concat([this.#start, bytes]);
    const start = this.#start;
    if (start.length < 2) return;
    // AUTH asks whoever comes back by a key, on MQTT 5.
    const isAuth = start[0] === 0xf0;
    if (start[0] !== 0x20 && !isAuth)
      return this.#onComplaint(`the first packet begins with ${start[0]!.toString(16)}`);
    // A mutated CONNECT may be of either version; only that of 3.1.1 is answered in two bytes.
    this.version = start[1] === 2 && !isAuth ? 4 : 5;
    this.#parser = mqttPacket.parser({ protocolVersion: this.version });
    this.#parser.on('packet', (packet) => this.#take(packet));
    this.#parser.on('error', (error: Error) => this.#onComplaint(`unreadable: ${error.message}`));
    this.#start = Buffer.alloc(0);
    this.#parser.parse(start);
  }

  #take(packet: Packet): void {
    const complaint = this.#manners.faultOf(packet, this.version);
    if (complaint !== undefined) this.#onComplaint(`${complaint}: ${JSON.stringify(packet).slice(0, 300)}`);
    this.#onPacket(packet);
  }
}

/** Reads the server's side of a WebSocket: the answer to the upgrade, then its frames (RFC 6455 section 5.2). */
export class WebSocketReader {
  readonly #onFrame: (opcode: number, payload: Buffer) => void;
  readonly #onComplaint: (complaint: string) => void;
  #isUpgraded = false;
  #rest = Buffer.alloc(0);

  constructor(onFrame: (opcode: number, payload: Buffer) => void, onComplaint: (complaint: string) => void) {
    this.#onFrame = onFrame;
    this.#onComplaint = onComplaint;
  }

  read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#isUpgraded && !this.#readUpgrade()) return;
    while (this.#readFrame());
  }

  #readUpgrade(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    this.#isUpgraded = this.#rest.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101';
    if (this.#isUpgraded) this.#rest = this.#rest.subarray(end + 4);
    return this.#isUpgraded;
  }

  #readFrame(): boolean {
    const bytes = this.#rest;
    const short = (bytes[1] ?? 0) & 0x7f;
    const start = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < start) return false;
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < start + length) return false;
    const opcode = bytes[0]! & 0x0f;
    if ((bytes[0]! & 0xf0) !== 0x80 || (bytes[1]! & 0x80) !== 0 || !serverOpcodes.has(opcode))
      this.#onComplaint(`a WebSocket frame that begins with ${bytes.subarray(0, 2).toString('hex')}`);
    this.#rest = bytes.subarray(start + length);
    this.#onFrame(opcode, bytes.subarray(start, start + length));
    return true;
  }
}

const serverOpcodes: ReadonlySet<number> = new Set([
  Opcode.TEXT,
  Opcode.BINARY,
  Opcode.CLOSE,
  Opcode.PING,
  Opcode.PONG,
]);
