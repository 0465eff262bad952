import type { IPublishPacket } from 'mqtt-packet';
import { bytesOf, connectPacket } from '../support/raw-mqtt.ts';
import { answer } from './answering.ts';
import { Failure } from './failure.ts';
import { type Heard, Peer } from './peer.ts';

/** Of so many rounds it is away in two, and does not answer in the one before. */
const cycle = 8;
/** Its session lives a second; it must be there when it comes back within this time, ms. */
const surelyKeptMs = 600;

/**
 * A well-behaved device with a session that outlives its connection: it subscribes to what the other bystanders publish,
 * goes away in the middle of it and comes back. It must get all of it, in the order of each publisher, QoS 2 once.
 */
export class Sleeper {
  readonly #port: number;
  readonly #deadlineMs: number;
  /** Topic → the last message of it. */
  readonly #last = new Map<string, number>();
  readonly #topics: readonly string[];
  /** Packet ids of QoS 2 messages received and not released: those that come again are the same message. */
  readonly #received = new Set<number>();
  #peer: Peer | undefined;
  #answers = true;
  #isSubscribed = false;
  #leftAt = 0;
  #fault: string | undefined;

  private constructor(port: number, topics: readonly string[], deadlineMs: number) {
    this.#port = port;
    this.#topics = topics;
    this.#deadlineMs = deadlineMs;
  }

  /** Connects and subscribes; each of `topics` is published to once in every round. */
  static async start(port: number, topics: readonly string[], deadlineMs: number): Promise<Sleeper> {
    const sleeper = new Sleeper(port, topics, deadlineMs);
    await sleeper.#connect(0);
    return sleeper;
  }

  get isThere(): boolean {
    return this.#peer !== undefined && this.#answers;
  }

  /** Round `number` has been published by all. @throws Failure `bystander` or `hang` */
  async round(number: number): Promise<void> {
    const at = number % cycle;
    if (at === cycle - 3) this.#answers = false;
    if (at === cycle - 2) this.#leave();
    if (at === 0) await this.#connect(number);
    if (this.#peer === undefined) return;
    const isThere = (): boolean => this.#topics.every((topic) => (this.#last.get(topic) ?? 0) >= number);
    if (this.#answers) await this.#when(this.#peer, 'what was published', isThere, 'bystander');
  }

  /** Ends its connection, if it has one. */
  async leave(): Promise<void> {
    const peer = this.#peer;
    if (peer === undefined) return;
    peer.say({ cmd: 'disconnect' });
    peer.end();
    if (!(await peer.when(() => peer.isClosed, this.#deadlineMs)))
      throw new Failure('hang', 'the connection of the sleeper does not end');
  }

  #leave(): void {
    this.#peer?.reset();
    this.#peer = undefined;
    this.#leftAt = performance.now();
  }

  async #connect(round: number): Promise<void> {
    const peer = (this.#peer = await Peer.open('tcp', this.#port));
    this.#answers = true;
    peer.onHeard = (heard) => this.#hear(peer, heard);
    const properties = { sessionExpiryInterval: 60 };
    peer.sayBytes(
      bytesOf(connectPacket('steady-sleeper', 5, { clean: round === 0, keepalive: 0, properties })),
    );
    await this.#when(peer, 'its CONNACK', () => peer.isGreeted);
    if (peer.isResumed) return;
    const awayMs = performance.now() - this.#leftAt;
    if (round > 0 && awayMs < surelyKeptMs)
      throw new Failure('bystander', `sleeper lost its session in ${awayMs.toFixed(0)} ms`);
    await this.#begin(peer, round);
  }

  /** Without a session it begins anew: behind what was published so far. */
  async #begin(peer: Peer, round: number): Promise<void> {
    this.#received.clear();
    for (const topic of this.#topics) this.#last.set(topic, round);
    this.#isSubscribed = false;
    peer.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'steady/+', qos: 2 }] });
    await this.#when(peer, 'its subscription', () => this.#isSubscribed);
  }

  #hear(peer: Peer, heard: Heard): void {
    if ('type' in heard) return;
    if (heard.cmd === 'publish') this.#take(heard);
    if (heard.cmd === 'pubrel' && this.#answers) this.#received.delete(heard.messageId ?? 0);
    if (heard.cmd === 'suback') this.#isSubscribed = true;
    if (this.#answers) answer(peer, heard);
  }

  #take({ topic, payload, qos, messageId = 0, dup }: IPublishPacket): void {
    if (qos === 2 && this.#received.has(messageId)) {
      if (!dup) this.#fault ??= `was sent another message with packet id ${messageId}, which is in use`;
      return;
    }
    if (qos === 2) this.#received.add(messageId);
    const number = Number(payload);
    const last = this.#last.get(topic) ?? 0;
    if (number === last + 1) this.#last.set(topic, number);
    else if (qos === 2 || !dup || number > last)
      this.#fault ??= `was sent ${number} of ${topic} at QoS ${qos} behind ${last}`;
  }

  async #when(
    peer: Peer,
    what: string,
    condition: () => boolean,
    kind: 'hang' | 'bystander' = 'hang',
  ): Promise<void> {
    const isSettled = (): boolean => condition() || peer.isOver || this.#fault !== undefined;
    const inTime = await peer.when(isSettled, this.#deadlineMs);
    const lately = `; it last heard ${JSON.stringify(peer.lately.slice(-3)).slice(0, 1000)}`;
    const [complaint] = peer.complaints;
    if (complaint !== undefined) throw new Failure('answer', `sleeper was sent ${complaint}`);
    if (this.#fault !== undefined) throw new Failure('bystander', `sleeper ${this.#fault}${lately}`);
    if (peer.isOver) throw new Failure('bystander', `sleeper was disconnected${lately}`);
    if (!inTime) throw new Failure(kind, `sleeper waited ${this.#deadlineMs} ms for ${what}${lately}`);
  }
}
