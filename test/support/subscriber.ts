import type { IPublishPacket, Packet } from 'mqtt-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { RawMqtt, type Version } from './raw-mqtt.ts';
import { until } from './until.ts';

/** One message as the application behind a subscriber got it. */
export interface Received {
  payload: string;
  qos: 0 | 1 | 2;
  packetId: number;
  isDup: boolean;
  isRetained: boolean;
  /** The same entry of the queue was received before: QoS 1 may do that. */
  isRedelivery: boolean;
}

export interface SubscriberOptions {
  filter: string;
  qos: 0 | 1 | 2;
  version?: Version;
  transport?: 'tcp' | 'ws';
  /** Milliseconds it lets what it received lie before it answers. */
  restMs?: () => number;
}

/**
 * A well-behaved subscriber with a session that outlives its connections: acknowledges what it gets, hands a QoS 2
 * message on once by its packet id (MQTT 5 section 4.3.3), and returns when it was closed, unless it is told to stay away.
 */
export class Subscriber {
  readonly clientId: string;
  readonly received: Received[] = [];
  /** What the server did that it must not, in words. */
  readonly faults: string[] = [];
  /** Times it was let in. */
  lives = 0;
  port: number;
  readonly transport: 'tcp' | 'ws';
  readonly #options: SubscriberOptions;
  readonly #version: Version;
  #device: RawMqtt | undefined;
  #read = 0;
  /** QoS 2 messages handed on and not released, by packet id: part of the session, on the client's side. */
  readonly #held = new Map<number, string>();
  /** The last message on each packet id, and on which life it came. */
  readonly #last = new Map<number, { payload: string; life: number }>();
  #isWanted = true;
  #isMoving = false;
  #isStopped = false;
  #isSubscribed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(port: number, clientId: string, options: SubscriberOptions) {
    this.port = port;
    this.clientId = clientId;
    this.transport = options.transport ?? 'tcp';
    this.#options = options;
    this.#version = options.version ?? 5;
  }

  get isConnected(): boolean {
    return this.#device !== undefined && this.#device.closing === undefined;
  }

  /** Connects and subscribes, and from then on returns whenever it was closed. */
  async start(): Promise<this> {
    this.#running = this.#live();
    await until(`${this.clientId} to be subscribed`, () => this.isConnected && this.#isSubscribed);
    return this;
  }

  /** Leaves, its session stays: with a DISCONNECT, or by breaking the connection in the midst of whatever goes on. */
  leave(how: 'disconnect' | 'break'): void {
    this.#isWanted = false;
    if (!this.isConnected) return;
    if (how === 'break') this.#device?.reset();
    else void this.#device?.leave();
  }

  /** Connects elsewhere and looks no more at the connection it has, as a device does that changes networks. */
  moveTo(port: number): void {
    this.port = port;
    this.#isMoving = true;
  }

  /** Comes back. */
  return(): void {
    this.#isWanted = true;
  }

  /** Leaves for good. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    if (this.isConnected) await this.#device?.leave();
  }

  async #live(): Promise<void> {
    while (!this.#isStopped) {
      try {
        if (this.#isWanted) await this.#oneLife();
        else await wait(5);
      } catch {
        await wait(50);
      }
    }
  }

  async #oneLife(): Promise<void> {
    const device = await RawMqtt.open(this.transport, this.port, this.#version);
    const properties = this.#version === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {};
    const connack = await device.connect(this.clientId, { clean: false, ...properties });
    if (RawMqtt.codeOf(connack) !== 0) {
      await device.closed;
      return wait(100);
    }
    if (this.#isSubscribed && !connack.sessionPresent)
      this.faults.push(`life ${this.lives}: the session is gone`);
    this.#read = device.packets.findIndex(({ cmd }) => cmd === 'connack') + 1;
    this.lives++;
    this.#device = device;
    if (!this.#isSubscribed) await this.#subscribe(device);
    if (!this.#isWanted) this.leave('break');
    while (device.closing === undefined && !this.#isMoving && !this.#isStopped) {
      await wait(this.#options.restMs?.() ?? 1);
      this.#takeAll(device);
    }
    this.#isMoving = false;
    this.#takeAll(device);
    if (device.unreadable.length > 0) this.faults.push(`life ${this.lives}: ${device.unreadable.join()}`);
  }

  async #subscribe(device: RawMqtt): Promise<void> {
    const { filter, qos } = this.#options;
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos }] });
    const { granted } = await device.take('suback');
    if (granted[0] !== qos) throw new Error(`granted ${granted.join()}`);
    this.#isSubscribed = true;
  }

  /** All that came since, and one write with the answers. */
  #takeAll(device: RawMqtt): void {
    const answers: Packet[] = [];
    for (; this.#read < device.packets.length; this.#read++) {
      const packet = device.packets[this.#read];
      if (packet?.cmd === 'publish') answers.push(...this.#onPublish(packet));
      else if (packet?.cmd === 'pubrel') answers.push(this.#onRelease(packet.messageId ?? 0));
    }
    if (answers.length > 0 && device.closing === undefined) device.send(...answers);
  }

  #onPublish(packet: IPublishPacket): Packet[] {
    const payload = packet.payload.toString();
    const { qos, messageId: packetId = 0, dup: isDup, retain: isRetained } = packet;
    if (qos === 0) {
      if (isDup) this.#fault(`DUP at QoS 0, ${payload} [MQTT-3.3.1-2]`);
      this.received.push({ payload, qos, packetId, isDup, isRetained, isRedelivery: false });
      return [];
    }
    const isRedelivery = this.#isRedelivery(packetId, payload, isDup);
    if (qos === 1) {
      this.received.push({ payload, qos, packetId, isDup, isRetained, isRedelivery });
      return [{ cmd: 'puback', messageId: packetId, reasonCode: 0 }];
    }
    const held = this.#held.get(packetId);
    if (held === undefined) {
      this.#held.set(packetId, payload);
      this.received.push({ payload, qos, packetId, isDup, isRetained, isRedelivery: false });
    } else if (held !== payload) {
      this.#fault(`packet id ${packetId} is of ${held}, and came with ${payload} [MQTT-2.2.1-4]`);
    }
    return [{ cmd: 'pubrec', messageId: packetId, reasonCode: 0 }];
  }

  #onRelease(packetId: number): Packet {
    const isKnown = this.#held.delete(packetId);
    return { cmd: 'pubcomp', messageId: packetId, reasonCode: isKnown ? 0 : 0x92 };
  }

  /** The same message on the same packet id is the same entry of the queue: again only on a new connection, with DUP. */
  #isRedelivery(packetId: number, payload: string, isDup: boolean): boolean {
    const before = this.#last.get(packetId);
    this.#last.set(packetId, { payload, life: this.lives });
    if (before?.payload !== payload) return false;
    if (before.life === this.lives) this.#fault(`${payload} twice on one connection [MQTT-4.4.0-1]`);
    else if (!isDup) this.#fault(`${payload} again without DUP [MQTT-3.3.1-1]`);
    return true;
  }

  #fault(what: string): void {
    this.faults.push(`life ${this.lives}: ${what}`);
  }
}
