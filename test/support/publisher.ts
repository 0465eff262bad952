import type { IPublishPacket } from 'mqtt-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { publishPacket, RawMqtt, type Version } from './raw-mqtt.ts';
import { until } from './until.ts';

/** One message of a publisher; its payload is `clientId:index:qos`. */
export interface Sent {
  index: number;
  qos: 0 | 1 | 2;
  packetId: number;
  /** `stored`: PUBACK or PUBREC came. `done`: nothing more to come. */
  state: 'sent' | 'stored' | 'done';
}

/** One life of a publisher's socket. */
export interface Life {
  /** Messages at QoS 1 and 2 sent on it, in order, repeated ones included. */
  sent: Sent[];
  /** Those of them that were sent on an earlier one too. */
  repeated: Set<Sent>;
  /** Those of them acknowledged on it. */
  acknowledged: Set<Sent>;
  /** MQTT 5 reason code of the gateway's DISCONNECT. */
  reasonCode?: number;
}

const receiveMaximum = 64;

export interface PublisherOptions {
  /** Of every message, or of the one with this index. Default `chaos`. */
  topic?: string | ((index: number) => string);
  /** Default `tcp`; `ws` is MQTT over WebSocket. */
  transport?: 'tcp' | 'ws';
}

/**
 * A well-behaved device with a session that outlives its connections: keeps to the window, returns when it was closed,
 * and repeats what was not acknowledged, in order, before anything new [MQTT-4.4.0-1].
 */
export class Publisher {
  readonly clientId: string;
  readonly messages: Sent[] = [];
  readonly lives: Life[] = [];
  /** CONNECTs the gateway refused. */
  refusals = 0;
  /** Times it came back and its session was gone. */
  sessionsLost = 0;
  /** Where it goes next time it connects. */
  port: number;
  readonly #version: Version;
  readonly #topicOf: (index: number) => string;
  readonly #transport: 'tcp' | 'ws';
  #device: RawMqtt | undefined;
  #read = 0;
  #waiting: Sent[] = [];
  #open = new Map<number, Sent>();
  #nextPacketId = 0;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(port: number, clientId: string, version: Version = 5, options: PublisherOptions = {}) {
    this.port = port;
    this.clientId = clientId;
    this.#version = version;
    const { topic = 'chaos' } = options;
    this.#topicOf = typeof topic === 'string' ? () => topic : topic;
    this.#transport = options.transport ?? 'tcp';
  }

  get transport(): 'tcp' | 'ws' {
    return this.#transport;
  }

  get isConnected(): boolean {
    return this.#device !== undefined && this.#device.closing === undefined;
  }
  /** Messages at QoS 1 and 2 that are not finished. */
  get unsettled(): number {
    return this.messages.filter(({ qos, state }) => qos > 0 && state !== 'done').length;
  }
  get acknowledged(): Sent[] {
    return this.messages.filter(({ qos, state }) => qos > 0 && state !== 'sent');
  }

  /** Connects, and from then on returns whenever it was closed. */
  async start(): Promise<void> {
    this.#running = this.#live();
    await until(`${this.clientId} to be connected`, () => this.isConnected);
  }

  /** Queues a message; it leaves when the window allows. */
  publish(qos: 0 | 1 | 2): void {
    const message: Sent = { index: this.messages.length, qos, packetId: 0, state: 'sent' };
    this.messages.push(message);
    this.#waiting.push(message);
    this.#pump();
  }

  /** Waits until everything at QoS 1 and 2 is finished. */
  async settle(deadlineMs = 30_000): Promise<void> {
    await until(
      () =>
        `${this.clientId} to be done with ${this.unsettled} of ${this.messages.length}; lives ${this.lives.length}, refused ${this.refusals}`,
      () => this.unsettled === 0 && this.#waiting.length === 0,
      { deadlineMs },
    );
  }

  /** Breaks its connection in the midst of whatever goes on; it returns at once. */
  break(): void {
    this.#device?.reset();
  }

  /** Leaves for good, with a DISCONNECT when connected. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    if (this.isConnected) await this.#device?.leave();
  }

  async #live(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#oneLife();
      } catch {
        await wait(50);
      }
    }
  }

  async #oneLife(): Promise<void> {
    const device = await RawMqtt.open(this.#transport, this.port, this.#version);
    const properties = this.#version === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {};
    const connack = await device.connect(this.clientId, { clean: false, ...properties });
    if (RawMqtt.codeOf(connack) !== 0) {
      this.refusals++;
      await device.closed;
      await wait(100);
      return;
    }
    if (this.lives.length > 0 && !connack.sessionPresent) this.sessionsLost++;
    const life: Life = { sent: [], repeated: new Set(), acknowledged: new Set() };
    this.lives.push(life);
    this.#device = device;
    this.#read = 1;
    for (const message of this.#open.values()) this.#sendAgain(message, life);
    this.#pump();
    while (device.closing === undefined && !this.#isStopped) {
      await wait(2);
      this.#onPackets(device, life);
    }
    this.#onPackets(device, life);
    const disconnect = device.packets.find((packet) => packet.cmd === 'disconnect');
    if (disconnect?.reasonCode !== undefined) life.reasonCode = disconnect.reasonCode;
  }

  #onPackets(device: RawMqtt, life: Life): void {
    for (; this.#read < device.packets.length; this.#read++) {
      const packet = device.packets[this.#read];
      const message = this.#open.get(packet?.messageId ?? 0);
      if (message === undefined || packet === undefined) continue;
      if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') {
        if (packet.cmd === 'puback') life.acknowledged.add(message);
        message.state = 'done';
        this.#open.delete(message.packetId);
      } else if (packet.cmd === 'pubrec') {
        life.acknowledged.add(message);
        message.state = 'stored';
        if (device.closing === undefined)
          device.send({ cmd: 'pubrel', messageId: message.packetId, reasonCode: 0 });
      }
    }
    this.#pump();
  }

  #packet({ qos, index, packetId }: Sent, dup: boolean): IPublishPacket {
    const id = qos === 0 ? undefined : packetId;
    return publishPacket(this.#topicOf(index), `${this.clientId}:${index}:${qos}`, qos, id, { dup });
  }

  #sendAgain(message: Sent, life: Life): void {
    if (message.state === 'stored') {
      this.#device?.send({ cmd: 'pubrel', messageId: message.packetId, reasonCode: 0 });
    } else {
      life.sent.push(message);
      life.repeated.add(message);
      this.#device?.send(this.#packet(message, true));
    }
  }

  #pump(): void {
    while (this.isConnected && this.#open.size < receiveMaximum) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      if (message.qos > 0) {
        do this.#nextPacketId = (this.#nextPacketId % 65_535) + 1;
        while (this.#open.has(this.#nextPacketId));
        message.packetId = this.#nextPacketId;
        this.#open.set(message.packetId, message);
        this.lives.at(-1)?.sent.push(message);
      }
      this.#device?.send(this.#packet(message, false));
    }
  }
}
