import {
  EntryKind,
  Outcome,
  payloadBytesOf,
  type ReceivedMessage,
  type StoredMessage,
  type UplinkChannel,
  type UplinkMessage,
} from '@tributary/backplane';
import type { RouteResult } from '../routing/join.ts';
import { FanOuts } from './fan-outs.ts';
import { messageExtras, storedMessage } from './message-extras.ts';
import { Receiving } from './receiving.ts';
import type { MessageGate, Sender, UpstreamServices } from './sender.ts';
import { UpstreamWindow } from './upstream-window.ts';

const nothingReceived: ReadonlyMap<number, ReceivedMessage> = new Map();

/**
 * Device → stream for one session: admits its messages, draws their sequence numbers, keeps to its window, hands on what
 * others want, and says what became of each.
 */
export class Upstream {
  seq = 0;
  messages = 0;
  bytes = 0;
  dropped = 0;
  unknown = 0;
  /** QoS 2 messages not yet released; absent until there is one. */
  receiving: Receiving | undefined;
  /** QoS 1 messages not yet answered. */
  unansweredQos1 = 0;
  /** What an overloaded node asks of the device; undefined: nothing. */
  overload: MessageGate | undefined;
  readonly #sender: Sender;
  readonly #services: UpstreamServices;
  readonly #channel: UplinkChannel;
  /** Of this class it is acknowledged before it is stored; -1: of none. Raised, it is not: its messages matter then. */
  readonly #earlyRank: number;
  #fanOuts: FanOuts | undefined;
  readonly #window: UpstreamWindow;
  #whenAnswered: (() => void)[] | undefined;

  /** `received`: QoS 2 messages that earlier connections of the session sent and did not release. */
  constructor(sender: Sender, received: ReadonlyMap<number, ReceivedMessage>, services: UpstreamServices) {
    this.#sender = sender;
    this.#services = services;
    if (received.size > 0) this.receiving = new Receiving(received);
    this.#window = new UpstreamWindow(sender, services);
    this.#channel = services.uplink.openChannel(
      sender.clientId,
      sender.epoch,
      (kind, token, outcome) => this.#settled(kind, token, outcome),
      sender.rank,
      sender.acknowledges === 'replicated',
    );
    this.#earlyRank = sender.acknowledges === 'received' ? sender.rank : -1;
  }

  /** Messages not yet answered by Redis. */
  get unanswered(): number {
    return this.#window.unanswered;
  }

  /**
   * Admits one message: draws its number and appends it to the uplink, or drops it when it is of QoS 0 and Redis is
   * away. Its packet id comes back in `sayStored`.
   */
  admit(message: UplinkMessage, heardAt = this.#sender.connection.heardAt): void {
    if (this.overload !== undefined && this.overload.keeps(message)) return;
    const { qos, packetId, retain, properties } = message;
    this.#count(message);
    const seq = ++this.seq;
    const { uplink, router } = this.#services;
    if (qos === 0 && !uplink.isUp) return this.#drop('store-unavailable');
    const isEarly = qos === 1 && this.#earlyRank >= 0 && this.#mayBeEarly();
    if (qos === 1 && !isEarly) this.unansweredQos1++;
    // Without an answer to match, a message is known by its number; below zero where it was answered before.
    const key = isEarly ? -seq : qos === 0 ? seq : packetId;
    const isWanted = (retain || !router.isIdle) && this.#handsOn(message, key, seq, heardAt);
    const extras = retain || properties !== undefined ? messageExtras(retain, properties) : undefined;
    uplink.append(this.#channel, message, key, seq, heardAt, extras, isWanted);
    this.#window.sent();
    if (isEarly) this.#sayReceived(packetId);
  }

  #count(message: UplinkMessage): void {
    const { counters } = this.#services;
    const payloadBytes = payloadBytesOf(message);
    counters.messagesIn[message.qos]!++;
    counters.bytesIn += payloadBytes;
    this.messages++;
    this.bytes += payloadBytes;
  }

  #drop(reason: 'store-unavailable' | 'rate-exceeded' | 'overload'): void {
    this.dropped++;
    this.#services.counters.dropped[reason]++;
  }

  /** Whether others want the message: it is handed on under `key` once it is stored. */
  #handsOn(message: UplinkMessage, key: number, seq: number, heardAt: number): boolean {
    const { qos, retain, properties, topic, topicStart, topicEnd, bytes } = message;
    const name = topic.toString('utf8', topicStart, topicEnd);
    if (!retain && !this.#services.router.isWanted(name)) return false;
    const payload = Buffer.from(bytes.subarray(message.payloadStart, message.payloadEnd));
    const stored = storedMessage(this.#sender, seq, name, qos, heardAt, payload, retain, properties);
    this.#routing.admitted(qos, key, stored);
    return true;
  }

  /** Not while an older message waits for its answer: answers keep their order [MQTT-4.6.0-2]. */
  #mayBeEarly(): boolean {
    return this.unansweredQos1 === 0 && this.#sender.rank === this.#earlyRank;
  }

  #sayReceived(token: number): void {
    this.#services.counters.acknowledged++;
    this.#sender.sayStored(EntryKind.QOS1, token, 'done');
  }

  /** The device is of another class from now on. */
  move(rank: number): void {
    this.#services.uplink.move(this.#channel, rank);
  }

  /** A message at QoS 0 came faster than a limit allows: it is dropped, and its number with it. */
  dropAboveRate(): void {
    this.seq++;
    this.#drop('rate-exceeded');
  }

  /** An overloaded node drops a message at QoS 0 that came: its number goes with it. */
  shed(message: UplinkMessage): void {
    this.#count(message);
    this.seq++;
    this.#drop('overload');
  }

  /** A QoS 2 message is about to be admitted. */
  receive(packetId: number): void {
    (this.receiving ??= new Receiving(nothingReceived)).move(packetId, 'storing');
  }

  /** Hands on a QoS 2 message again that an earlier connection stored and perhaps did not hand on. */
  routeAgain(packetId: number, message: StoredMessage): void {
    this.receiving?.move(packetId, 'storing');
    this.#window.sent();
    this.#routing.routeAgain(EntryKind.QOS2, packetId, message);
  }

  /** A QoS 2 message was refused with PUBREC: the exchange is over, there will be no PUBREL (MQTT 5 section 4.3.3). */
  freePacketId(packetId: number): void {
    this.receiving?.refuse(packetId);
    this.releasePacketId(packetId);
  }

  /** Asks for the removal of a QoS 2 receive record. */
  releasePacketId(packetId: number): void {
    this.#services.uplink.release(this.#channel, packetId);
    this.#window.sent();
  }

  /** Resolves when Redis has answered everything the device sent so far. */
  answered(): Promise<void> {
    if (this.unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#whenAnswered ??= []).push(resolve));
  }

  get #routing(): FanOuts {
    return (this.#fanOuts ??= new FanOuts(
      this.#services.router,
      (kind, token, outcome, result) => this.#answer(kind, token, outcome, result),
      (packetId, message) => this.#services.markRouted(this.#sender, packetId, message),
    ));
  }

  #settled(kind: EntryKind, token: number, outcome: Outcome): void {
    if (this.#fanOuts?.settled(kind, token, outcome) !== true) this.#answer(kind, token, outcome, 'done');
  }

  #answer(kind: EntryKind, token: number, outcome: Outcome, result: RouteResult): void {
    this.#window.answered();
    if (kind === EntryKind.QOS1 && token >= 0) this.unansweredQos1--;
    const { counters } = this.#services;
    switch (outcome) {
      case Outcome.STORED:
        if (kind !== EntryKind.RELEASE) counters.stored++;
        this.#stored(kind, token, result);
        break;
      case Outcome.FAILED:
        if (kind === EntryKind.QOS0) {
          this.dropped++;
          counters.dropped['store-failed']++;
        } else {
          if (token < 0) counters.lostAfterAck++;
          this.#sender.close('store-failed');
        }
        break;
      case Outcome.NOT_REPLICATED:
        this.#sender.close('not-replicated');
        break;
      case Outcome.FENCED:
        this.#sender.close('superseded');
        break;
      case Outcome.UNKNOWN:
        this.unknown++;
        counters.unknown++;
        break;
    }
    if (this.unanswered === 0) this.#allAnswered();
  }

  #stored(kind: EntryKind, token: number, result: RouteResult): void {
    // At QoS 0 nobody waits for an answer: what could not be handed on is lost.
    if (result === 'failed' && kind !== EntryKind.QOS0)
      return this.#sender.close('store-failed', 'a message could not be handed on');
    if (kind === EntryKind.RELEASE && this.receiving?.released(token) === false) return;
    if (kind === EntryKind.QOS2) this.receiving?.move(token, 'stored');
    if (kind === EntryKind.QOS0 || token < 0 || !this.#sender.isOpen) return;
    this.#services.counters.acknowledged++;
    this.#sender.sayStored(kind, token, result);
  }

  #allAnswered(): void {
    if (this.#whenAnswered !== undefined) {
      for (const resolve of this.#whenAnswered) resolve();
      this.#whenAnswered = undefined;
    }
    this.#sender.allAnswered();
  }
}
