import { connect, type Socket } from 'node:net';
import type { IPublishPacket, Packet } from 'mqtt-packet';
import { bytesOf } from '../support/raw-mqtt.ts';
import type { Way } from './case.ts';
import type { DeviceFrame } from './grammar/device-session.ts';
import { frame, Opcode } from './grammar/websocket.ts';
import { MqttReader, WebSocketReader } from './reading.ts';

/** Something the server said: an MQTT packet or a frame for a plain device. */
export type Heard = Packet | DeviceFrame;

/** Of each connection, so that those which stay hold little. */
const mostKept = 1000;

/** CONNACK and `welcome` say it in the same word. */
interface Greeted {
  readonly sessionPresent: boolean;
}

/** One connection to the node, in raw bytes; what comes back is read, counted and judged. */
export class Peer {
  readonly way: Way;
  /** Packets and frames heard so far. */
  heard = 0;
  pongs = 0;
  /** The greeting was answered. */
  isGreeted = false;
  isClosed = false;
  /** The server ended it: nothing more is to come, though the socket may still stand. */
  isOver = false;
  /** The greeting's answer said that there was a session. */
  isResumed = false;
  /** Of messages delivered, in order: their topics, and the packet ids of those that have one. */
  readonly topics: string[] = [];
  readonly packetIds: number[] = [];
  /** What the server said and no server may say. */
  readonly complaints: string[] = [];
  /** The last things heard, for whoever looks for a fault. */
  readonly lately: Heard[] = [];
  onHeard: (heard: Heard) => void = () => {};
  readonly #aliases = new Map<number, string>();
  readonly #socket: Socket;
  readonly #mqtt: MqttReader;
  readonly #webSocket: WebSocketReader;
  #whenChanged = new Set<() => void>();

  private constructor(way: Way, socket: Socket) {
    this.way = way;
    this.#socket = socket;
    const complain = (complaint: string): void => void this.complaints.push(complaint);
    this.#mqtt = new MqttReader((packet) => this.#take(packet), complain);
    this.#webSocket = new WebSocketReader((opcode, payload) => this.#takeFrame(opcode, payload), complain);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#close());
  }

  /** Opens a TCP connection and sends nothing, no upgrade either. */
  static async open(way: Way, port: number): Promise<Peer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: false });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Peer(way, socket);
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Sends a packet, or a frame, in the way of this connection. */
  say(what: Packet | DeviceFrame): void {
    if (this.way === 'device') this.write(frame(Buffer.from(JSON.stringify(what)), Opcode.TEXT));
    else this.sayBytes(bytesOf(what as Packet, this.#mqtt.version));
  }

  /** Sends the bytes of a packet. */
  sayBytes(bytes: Buffer): void {
    this.write(this.way === 'ws' ? frame(bytes, Opcode.BINARY) : bytes);
  }

  /** FIN, behind what was written. */
  end(): void {
    this.#socket.end();
  }

  /** RST; where the server has sent FIN already there is no connection to reset any more. */
  reset(): void {
    if (this.#socket.readableEnded || this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    this.#close();
  }

  deaf(): void {
    this.#socket.pause();
  }

  hear(): void {
    this.#socket.resume();
  }

  /** Waits until the condition holds, looked at whenever something was heard or the connection closed. */
  when(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (holds: boolean): void => {
        clearTimeout(timer);
        this.#whenChanged.delete(look);
        resolve(holds);
      };
      const look = (): void => void (condition() && settle(true));
      const timer = setTimeout(() => settle(condition()), deadlineMs);
      this.#whenChanged.add(look);
    });
  }

  #close(): void {
    this.isClosed = true;
    this.isOver = true;
    this.#changed();
  }

  #read(chunk: Buffer): void {
    if (this.way === 'tcp') this.#mqtt.read(chunk);
    else this.#webSocket.read(chunk);
    this.#changed();
  }

  #takeFrame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.CLOSE) {
      this.isOver = true;
      this.write(frame(payload, Opcode.CLOSE));
    } else if (opcode === Opcode.PING) this.write(frame(payload.subarray(0, 125), Opcode.PONG));
    else if (opcode === Opcode.BINARY && this.way === 'ws') this.#mqtt.read(payload);
    else if (opcode === Opcode.TEXT && this.way === 'device') this.#takeText(payload.toString());
    else if (opcode < Opcode.CLOSE) this.complaints.push(`a frame of opcode ${opcode}`);
  }

  #takeText(text: string): void {
    try {
      this.#take(JSON.parse(text) as DeviceFrame);
    } catch {
      this.complaints.push(`unreadable: ${text.slice(0, 200)}`);
    }
  }

  #take(heard: Heard): void {
    this.heard++;
    const kind = 'cmd' in heard ? heard.cmd : heard.type;
    if (kind === 'connack' || kind === 'welcome') this.isResumed = (heard as Greeted).sessionPresent;
    if (kind === 'connack' || kind === 'welcome' || kind === 'bye') this.isGreeted = true;
    if (kind === 'pingresp' || kind === 'pong') this.pongs++;
    if (kind === 'message') this.#deliveredOn(String((heard as DeviceFrame)['topic']));
    if (kind === 'publish') this.#delivered(heard as IPublishPacket);
    if (this.lately.push(heard) > 20) this.lately.shift();
    this.onHeard(heard);
  }

  #delivered({ topic, properties, qos, messageId }: IPublishPacket): void {
    const alias = properties?.topicAlias;
    if (alias !== undefined && topic !== '') this.#aliases.set(alias, topic);
    const name = topic === '' && alias !== undefined ? this.#aliases.get(alias) : topic;
    // [MQTT-3.3.2-12]
    if (name === undefined) this.complaints.push(`alias ${alias}, which names no topic`);
    this.#deliveredOn(name ?? '');
    if (qos > 0 && this.packetIds.length < mostKept) this.packetIds.push(messageId ?? 0);
  }

  #deliveredOn(topic: string): void {
    if (this.topics.push(topic) > mostKept) this.topics.splice(0, mostKept >> 1);
  }

  #changed(): void {
    for (const look of this.#whenChanged) look();
  }
}
