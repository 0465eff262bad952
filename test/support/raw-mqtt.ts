import type { ClientRequestArgs } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import mqttPacket from 'mqtt-packet';
import type {
  IConnackPacket,
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  Packet,
  PacketCmd,
} from 'mqtt-packet';
import { WebSocket } from 'ws';
import { until } from './until.ts';

/** 4 is MQTT 3.1.1. */
export type Version = 4 | 5;

/** How the server's side of a connection ended. */
export interface Closed {
  /** Close code of a WebSocket. */
  code?: number;
  /** What the socket complained about, for example ECONNRESET. */
  error?: string;
}

type OfKind<K extends PacketCmd> = Extract<Packet, { cmd: K }>;

/** What an upgrade may have besides TLS. */
type UpgradeOptions = Pick<ClientRequestArgs, 'headers' | 'localAddress' | 'createConnection'>;

/** What the client needs of a byte pipe. */
interface Pipe {
  write(bytes: Uint8Array): void;
  end(): void;
  destroy(): void;
  reset(): void;
  pause(): void;
}

/** Bytes of a packet. */
export const bytesOf = (packet: Packet, version: Version = 5): Buffer =>
  mqttPacket.generate(packet, { protocolVersion: version });

/** A CONNECT with the usual defaults: clean start, keep-alive 60 s. */
export const connectPacket = (
  clientId: string,
  version: Version,
  more: Partial<IConnectPacket> = {},
): IConnectPacket => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: version,
  clientId,
  clean: true,
  keepalive: 60,
  ...more,
});

/** A PUBLISH with the usual defaults. */
export const publishPacket = (
  topic: string,
  payload: string | Buffer,
  qos: 0 | 1 | 2 = 0,
  messageId?: number,
  more: Partial<IPublishPacket> = {},
): IPublishPacket => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  dup: false,
  retain: false,
  ...(messageId === undefined ? {} : { messageId }),
  ...more,
});

/**
 * An MQTT client without manners: it sends exactly the bytes it is told, split as it is told, answers nothing by
 * itself and keeps every packet it gets.
 */
export class RawMqtt {
  readonly version: Version;
  /** Every packet received so far. */
  readonly packets: Packet[] = [];
  /** Complaints about bytes of the server that are no packet. */
  readonly unreadable: string[] = [];
  readonly closed: Promise<Closed>;
  closing: Closed | undefined;
  #pipe!: Pipe;
  #taken = new Set<Packet>();
  #settle!: (closed: Closed) => void;
  readonly #parser: mqttPacket.Parser;

  private constructor(version: Version) {
    this.version = version;
    this.#parser = mqttPacket.parser({ protocolVersion: version });
    this.#parser.on('packet', (packet) => this.packets.push(packet));
    this.#parser.on('error', (error: Error) => this.unreadable.push(error.message));
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    void this.closed.then((closed) => (this.closing = closed));
  }

  /** Opens a TCP connection and sends nothing. */
  static async tcp(port: number, version: Version = 5): Promise<RawMqtt> {
    return RawMqtt.#over(connect({ port, host: '127.0.0.1', noDelay: true }), 'connect', version);
  }

  /** Opens a TLS connection and sends nothing. With TLS 1.3 the server may refuse us after it stands. */
  static async tls(port: number, options: ConnectionOptions, version: Version = 5): Promise<RawMqtt> {
    return RawMqtt.#over(connectTls({ ...options, port, host: '127.0.0.1' }), 'secureConnect', version);
  }

  /** Opens a connection to a port of this machine, the usual path on a WebSocket. */
  static open(transport: 'tcp' | 'ws', port: number, version: Version = 5): Promise<RawMqtt> {
    return transport === 'tcp'
      ? RawMqtt.tcp(port, version)
      : RawMqtt.ws(`ws://127.0.0.1:${port}/mqtt`, version);
  }

  static async #over(
    socket: Socket,
    opened: 'connect' | 'secureConnect',
    version: Version,
  ): Promise<RawMqtt> {
    const client = new RawMqtt(version);
    const closed: Closed = {};
    socket.on('data', (chunk) => client.#parser.parse(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => (closed.error = error.code ?? error.message));
    socket.on('close', () => client.#settle(closed));
    client.#pipe = {
      write: (bytes) => socket.write(bytes),
      end: () => socket.end(),
      destroy: () => socket.destroy(),
      reset: () => socket.resetAndDestroy(),
      pause: () => socket.pause(),
    };
    await new Promise<void>((resolve, reject) => socket.once(opened, resolve).once('error', reject));
    return client;
  }

  /** Opens a WebSocket and sends no packet. Every `send` is one binary frame. */
  static async ws(
    url: string,
    version: Version = 5,
    subprotocol = 'mqtt',
    options: ConnectionOptions & UpgradeOptions = {},
  ): Promise<RawMqtt> {
    const client = new RawMqtt(version);
    const socket = new WebSocket(url, [subprotocol], { ...options, perMessageDeflate: false });
    const closed: Closed = {};
    socket.on('message', (data: Buffer) => client.#parser.parse(data));
    socket.on('error', (error) => (closed.error = error.message));
    socket.on('close', (code) => client.#settle({ ...closed, code }));
    client.#pipe = {
      write: (bytes) => socket.send(bytes),
      end: () => socket.close(1000),
      destroy: () => socket.terminate(),
      reset: () => socket.terminate(),
      pause: () => socket.pause(),
    };
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  /** Sends packets and raw bytes joined in one write, which is one frame on a WebSocket. */
  send(...pieces: (Packet | Uint8Array)[]): void {
    this.#pipe.write(
      Buffer.concat(
        pieces.map((piece) => (piece instanceof Uint8Array ? piece : bytesOf(piece, this.version))),
      ),
    );
  }

  /** Sends the bytes in writes of `size` bytes, each after the last left this process. */
  async sendSplit(bytes: Uint8Array, size: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.#pipe.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends CONNECT and waits for CONNACK, whatever it says. */
  async connect(clientId: string, more: Partial<IConnectPacket> = {}): Promise<IConnackPacket> {
    this.send(connectPacket(clientId, this.version, more));
    return this.take('connack');
  }

  /** Waits for the oldest packet of this kind that was not taken yet, and matches. */
  async take<K extends PacketCmd>(
    kind: K,
    matches: (packet: OfKind<K>) => boolean = () => true,
    deadlineMs?: number,
  ): Promise<OfKind<K>> {
    const find = (): OfKind<K> | undefined =>
      this.packets.find(
        (packet): packet is OfKind<K> =>
          packet.cmd === kind && !this.#taken.has(packet) && matches(packet as OfKind<K>),
      );
    const outcome = await until(
      () => `${kind}; got ${JSON.stringify(this.packets)}, closed ${JSON.stringify(this.closing)}`,
      () => {
        const packet = find();
        // What did not come before the end, or behind what is no packet, will not come.
        const isOver = this.closing !== undefined || this.unreadable.length > 0;
        return packet !== undefined || isOver ? { packet } : undefined;
      },
      { everyMs: 2, ...(deadlineMs === undefined ? {} : { deadlineMs }) },
    );
    this.#checkReadable();
    const { packet } = outcome;
    if (packet === undefined)
      throw new Error(`the connection is closed without ${kind}; got ${JSON.stringify(this.packets)}`);
    this.#taken.add(packet);
    return packet;
  }

  /** Waits until the server closed, and says how, with the DISCONNECT it sent before, if any. */
  async end(deadlineMs?: number): Promise<Closed & { disconnect?: IDisconnectPacket }> {
    const closed = await until(
      () => `the server to close; got ${JSON.stringify(this.packets)}`,
      () => this.closing,
      deadlineMs === undefined ? {} : { deadlineMs },
    );
    this.#checkReadable();
    const disconnect = this.packets.find((packet) => packet.cmd === 'disconnect');
    return disconnect === undefined ? closed : { ...closed, disconnect };
  }

  #checkReadable(): void {
    if (this.unreadable.length > 0)
      throw new Error(`the server sent what is no packet: ${this.unreadable.join(', ')}`);
  }

  /** The CONNACK or DISCONNECT reason code of MQTT 5, or the return code of 3.1.1. */
  static codeOf(packet: IConnackPacket | IDisconnectPacket): number | undefined {
    return packet.reasonCode ?? ('returnCode' in packet ? packet.returnCode : undefined);
  }

  /** DISCONNECT and the end of the socket. */
  async leave(): Promise<void> {
    if (this.closing === undefined) this.send({ cmd: 'disconnect', reasonCode: 0 });
    this.#pipe.end();
    await this.closed;
  }

  /** Ends our side of the socket behind what was sent: FIN, or a WebSocket close. */
  finish(): void {
    this.#pipe.end();
  }

  /** Ends the socket without a word. */
  drop(): void {
    this.#pipe.destroy();
  }

  /** Ends the socket with RST, which the server sees even where it does not read. */
  reset(): void {
    this.#pipe.reset();
  }

  /** Stops reading; what the server sends piles up. */
  stopReading(): void {
    this.#pipe.pause();
  }
}
