import { Carry } from './carry.ts';
import type { ConnectFacts } from './mqtt.ts';
import type { Listener, Speech } from './speech.ts';
import { clientFrame, opcodes, type Upgrade } from './websocket.ts';
import { WebSocketReader, type WebSocketSink } from './websocket-reader.ts';

/** The frames of `tributary.v1` that a device reads. */
interface ServerFrame {
  type?: unknown;
  id?: unknown;
  window?: unknown;
  sessionPresent?: unknown;
  code?: unknown;
  reason?: unknown;
  payload?: unknown;
}

/** `tributary.v1`: JSON text frames over a plain WebSocket. */
export class PlainSpeech implements Speech, WebSocketSink {
  readonly #facts: ConnectFacts;
  readonly #qos: 0 | 1 | 2;
  readonly #listener: Listener;
  readonly #upgrade: Upgrade;
  readonly #frames: Carry;

  constructor(facts: ConnectFacts, qos: 0 | 1 | 2, listener: Listener, upgrade: Upgrade) {
    this.#facts = facts;
    this.#qos = qos;
    this.#listener = listener;
    this.#upgrade = upgrade;
    this.#frames = new Carry(new WebSocketReader(upgrade.accept, this));
  }

  opening(): Buffer {
    return this.#upgrade.request;
  }
  feed(bytes: Buffer, from: number, to: number): void {
    this.#frames.feed(bytes, from, to);
  }
  publish(message: { topic: Buffer; payload: Buffer; packetId: number }): Buffer {
    const id = this.#qos === 0 ? '' : `"id":${message.packetId},`;
    const topic = JSON.stringify(message.topic.toString());
    const payload = JSON.stringify(message.payload.toString());
    return clientFrame(
      opcodes.text,
      Buffer.from(`{"type":"publish",${id}"topic":${topic},"payload":${payload}}`),
    );
  }
  pubrel(): Buffer {
    throw new Error('tributary.v1 has no QoS 2');
  }
  subscribe(): undefined {
    return undefined; // a plain device always hears its own commands
  }
  ping(): Buffer {
    return json({ type: 'ping' });
  }
  goodbye(): Buffer {
    return json({ type: 'bye' });
  }

  // WebSocketSink
  opened(): void {
    const { clientId, cleanStart, expirySeconds, keepAliveSeconds, tags, user, password } = this.#facts;
    const hello = { type: 'hello', clientId, cleanStart, expiry: expirySeconds, keepAlive: keepAliveSeconds };
    this.#listener.reply(json({ ...hello, tags, user, password }));
  }
  refused(reason: string): void {
    this.#listener.refused(reason);
  }
  data(bytes: Buffer, from: number, to: number): void {
    const frame = JSON.parse(bytes.toString('utf8', from, to)) as ServerFrame;
    const id = typeof frame.id === 'number' ? frame.id : 0;
    switch (frame.type) {
      case 'ack':
        return this.#listener.acked(id);
      case 'welcome':
        return this.#listener.greeted({
          sessionPresent: frame.sessionPresent === true,
          window: typeof frame.window === 'number' ? frame.window : 65_535,
        });
      case 'error':
        if (id > 0) this.#listener.rejected(id, String(frame.code));
        else this.#listener.goodbye(`error-${String(frame.code)}`);
        return;
      case 'message':
        this.#message(frame);
        if (id > 0) this.#listener.reply(json({ type: 'ack', id }));
        return;
      case 'bye':
        return this.#listener.goodbye(`bye-${String(frame.reason)}`);
      case 'pong':
        return this.#listener.ponged();
      default:
    }
  }
  #message({ payload }: ServerFrame): void {
    const bytes = Buffer.from(String(payload));
    this.#listener.message(false, bytes, 0, bytes.length);
  }
  pinged(payload: Buffer): void {
    this.#listener.reply(clientFrame(opcodes.pong, payload));
  }
  closing(code: number): void {
    this.#listener.goodbye(`ws-${code}`);
  }
}

const json = (frame: object): Buffer => clientFrame(opcodes.text, Buffer.from(JSON.stringify(frame)));
