import type { IConnectPacket, Packet } from 'mqtt-packet';
import { bytesOf, connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { answer } from './answering.ts';
import type { Way } from './case.ts';
import { Failure } from './failure.ts';
import { upgrade } from './grammar/websocket.ts';
import { type Heard, Peer } from './peer.ts';

/** Who a bystander is, and what it relies on. */
export interface SteadyKind {
  readonly name: string;
  readonly way: Way;
  readonly version: 4 | 5;
  readonly qos: 1 | 2;
  /** Besides its own topic, or instead of it when it matches that too. */
  readonly filters: readonly string[];
  readonly connect: Partial<IConnectPacket>;
}

/**
 * A well-behaved device beside those that are not: it publishes to itself, and every message must be acknowledged and come
 * back once and in order, every ping be answered, and the connection stay.
 */
export class Steady {
  readonly #kind: SteadyKind;
  readonly #peer: Peer;
  readonly #deadlineMs: number;
  readonly #topic: string;
  #rounds = 0;
  #acknowledged = 0;
  #delivered = 0;
  #subscribed = 0;
  #fault: string | undefined;

  private constructor(kind: SteadyKind, peer: Peer, deadlineMs: number) {
    this.#kind = kind;
    this.#peer = peer;
    this.#deadlineMs = deadlineMs;
    this.#topic = `steady/${kind.name}`;
    peer.onHeard = (heard) => this.#hear(heard);
  }

  /** Connects and subscribes. */
  static async start(kind: SteadyKind, port: number, deadlineMs: number): Promise<Steady> {
    const peer = await Peer.open(kind.way, port);
    const steady = new Steady(kind, peer, deadlineMs);
    if (kind.way !== 'tcp') peer.write(upgrade(kind.way));
    steady.#greet();
    await steady.#when('its CONNACK', () => peer.isGreeted);
    steady.#subscribe();
    await steady.#when('its subscriptions', () => steady.#subscribed === kind.filters.length);
    return steady;
  }

  /** One ping and one message to itself. @throws Failure `hang` or `bystander` */
  async roundTrip(): Promise<void> {
    const round = ++this.#rounds;
    this.#publish(round);
    const { way } = this.#kind;
    this.#peer.say(way === 'device' ? { type: 'ping' } : { cmd: 'pingreq' });
    await this.#when('an answer to its ping', () => this.#peer.pongs === round);
    await this.#when('an acknowledgement', () => this.#acknowledged === round);
    await this.#when('its own message', () => this.#delivered === round, 'bystander');
  }

  async leave(): Promise<void> {
    this.#peer.say(this.#kind.way === 'device' ? { type: 'bye' } : { cmd: 'disconnect' });
    this.#peer.end();
    if (!(await this.#peer.when(() => this.#peer.isClosed, this.#deadlineMs)))
      throw new Failure('hang', `the connection of ${this.#kind.name} does not end`);
  }

  #greet(): void {
    const { way, version, name, connect } = this.#kind;
    const clientId = `steady-${name}`;
    if (way === 'device') this.#peer.say({ type: 'hello', clientId, keepAlive: 0 });
    else
      this.#peer.sayBytes(bytesOf(connectPacket(clientId, version, { keepalive: 0, ...connect }), version));
  }

  #subscribe(): void {
    const { way, qos, filters } = this.#kind;
    for (const [at, filter] of filters.entries()) {
      this.#peer.say(
        way === 'device'
          ? { type: 'subscribe', id: at + 1, topics: [{ filter }] }
          : { cmd: 'subscribe', messageId: at + 1, subscriptions: [{ topic: filter, qos }] },
      );
    }
  }

  #publish(round: number): void {
    const { way, version, qos } = this.#kind;
    const payload = String(round);
    if (way === 'device') this.#peer.say({ type: 'publish', id: round, topic: this.#topic, payload });
    else {
      const messageId = ((round - 1) % 65_535) + 1;
      this.#peer.sayBytes(bytesOf(publishPacket(this.#topic, payload, qos, messageId), version));
    }
  }

  #hear(heard: Heard): void {
    answer(this.#peer, heard);
    if ('type' in heard) {
      // `error`: stored, and the queue of somebody who wants it has no room.
      if (heard.type === 'ack' || heard.type === 'error') this.#acknowledged++;
      else if (heard.type === 'subscribed') this.#subscribed++;
      else if (heard.type === 'message') this.#deliver(String(heard['payload']));
    } else if (heard.cmd === 'publish') this.#deliver(String(heard.payload));
    else if (heard.cmd === 'suback') this.#subscribed++;
    else if (isLastAnswer(heard)) this.#acknowledged++;
  }

  #deliver(payload: string): void {
    if (this.#peer.topics.at(-1) !== this.#topic) return;
    if (Number(payload) === this.#delivered + 1) this.#delivered++;
    else this.#fault ??= `was sent its message ${payload} behind ${this.#delivered}`;
  }

  async #when(what: string, condition: () => boolean, kind: 'hang' | 'bystander' = 'hang'): Promise<void> {
    const peer = this.#peer;
    const isSettled = (): boolean =>
      condition() || peer.isOver || this.#fault !== undefined || peer.complaints.length > 0;
    const inTime = await peer.when(isSettled, this.#deadlineMs);
    const { name } = this.#kind;
    const lately = `; it last heard ${JSON.stringify(peer.lately.slice(-3)).slice(0, 1000)}`;
    if (peer.complaints.length > 0) throw new Failure('answer', `${name} was sent ${peer.complaints[0]}`);
    if (this.#fault !== undefined) throw new Failure('bystander', `${name} ${this.#fault}${lately}`);
    if (peer.isOver) throw new Failure('bystander', `${name} was disconnected${lately}`);
    if (!inTime) throw new Failure(kind, `${name} waited ${this.#deadlineMs} ms for ${what}${lately}`);
  }
}

/** PUBACK, PUBCOMP, or a PUBREC that refuses: the stream has the message, and the queue of somebody has no room for it. */
const isLastAnswer = (packet: Packet): boolean =>
  packet.cmd === 'puback' ||
  packet.cmd === 'pubcomp' ||
  (packet.cmd === 'pubrec' && (packet.reasonCode ?? 0) >= 0x80);
