import { WebSocket } from 'ws';
import { until } from './until.ts';

/** A JSON frame of the device protocol `tributary.v1`. */
export interface Frame {
  type: string;
  [field: string]: unknown;
}

/** A plain WebSocket device that answers nothing by itself and keeps every frame it gets. */
export class PlainDevice {
  readonly frames: Frame[] = [];
  /** Close code, once the socket is closed. */
  closeCode: number | undefined;
  readonly socket: WebSocket;
  readonly #taken = new Set<Frame>();

  constructor(
    url: string,
    subprotocols: string[] = ['tributary.v1'],
    headers: Record<string, string> = {},
    tls: { ca?: Buffer } = {},
  ) {
    this.socket = new WebSocket(url, subprotocols, { ...tls, perMessageDeflate: false, headers });
    this.socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    this.socket.on('error', () => undefined); // the close code tells
    this.socket.on('close', (code) => (this.closeCode = code));
  }

  /** Opens the WebSocket and sends nothing. */
  static async open(url: string, tls: { ca?: Buffer } = {}): Promise<PlainDevice> {
    const device = new PlainDevice(url, undefined, undefined, tls);
    await new Promise<void>((resolve, reject) => device.socket.once('open', resolve).once('error', reject));
    return device;
  }

  /** Opens it, says hello and waits for the welcome. */
  static async hello(
    url: string,
    clientId: string,
    more: Record<string, unknown> = {},
  ): Promise<PlainDevice> {
    const device = await PlainDevice.open(url);
    device.send({ type: 'hello', clientId, cleanStart: true, expiry: 0, keepAlive: 60, ...more });
    await until(
      () => `welcome of ${clientId}; got ${JSON.stringify(device.frames)}, closed ${device.closeCode}`,
      () => device.frames.find((frame) => frame.type === 'welcome'),
    );
    return device;
  }

  get welcome(): Frame | undefined {
    return this.frames.find((frame) => frame.type === 'welcome');
  }

  send(frame: Frame): void {
    this.socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Waits for the oldest frame of this type that was not taken yet. */
  async take(type: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const frame = await until(
      () => `${type}; got ${JSON.stringify(this.frames)}, closed ${this.closeCode}`,
      () => {
        const found = this.frames.find(
          (each) => each.type === type && !this.#taken.has(each) && matches(each),
        );
        if (found === undefined && this.closeCode !== undefined) throw new Error('the connection is closed');
        return found;
      },
      { everyMs: 2 },
    );
    this.#taken.add(frame);
    return frame;
  }

  /** Waits for the close code. */
  end(): Promise<number> {
    return until(
      () => `the server to close; got ${JSON.stringify(this.frames)}`,
      () => this.closeCode,
    );
  }

  /** Says bye and waits for the end. */
  async leave(): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) this.send({ type: 'bye' });
    await this.end();
  }
}
