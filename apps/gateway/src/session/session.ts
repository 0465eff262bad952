import {
  EntryKind,
  Outcome,
  type QueueState,
  type ReceivedMessage,
  type StoredMessage,
  type UplinkChannel,
} from '@tributary/backplane';
import type { CloseReason, PublishProperties } from '@tributary/protocol';
import { type Connection, PauseCause } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { Router, RouteResult } from '../routing/router.ts';
import { restMs, type Uplink } from '../uplink/uplink.ts';
import { Downstream, type DownstreamServices } from './deliveries/downstream.ts';
import type { Recipient } from './deliveries/outgoing.ts';
import { FanOuts } from './fan-outs.ts';
import { messageExtras, storedMessage } from './message-extras.ts';

/** How far a QoS 2 message of the device has come: stored and told by PUBREC, its PUBREL being stored. */
export type ReceiveState = 'storing' | 'stored' | 'releasing' | 'refused';

/** What the session was given when its device was admitted. */
export interface SessionStart {
  readonly clientId: string;
  readonly epoch: number;
  readonly nonce: string;
  /** Unix ms. */
  readonly connectedAt: number;
  /** Seconds it outlives its connection. */
  readonly expiry: number;
  /** Messages of the device that may be unanswered by Redis before reading pauses. */
  readonly window: number;
  /** The id was made up by us, or nobody vouches for it: its record is kept for a short while only. */
  readonly isTransient: boolean;
  /** Packet id → identity of QoS 2 messages that are stored and not released. */
  readonly receiving: ReadonlyMap<number, ReceivedMessage>;
  /** Filter → options as JSON. */
  readonly subscriptions: ReadonlyMap<string, string>;
  /** The session outlives its connection, or did: what is above QoS 0 goes through its queue in Redis. */
  readonly isPersistent: boolean;
  readonly queue: QueueState;
  /** Messages above QoS 0 that may be with the device unacknowledged. */
  readonly deliveryWindow: number;
}

export interface SessionServices {
  readonly uplink: Uplink;
  readonly counters: Counters;
  /** Unix ms. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** The connection has ended and everything it sent is answered: the claim can be released. */
  readonly onFinished: (session: Session) => void;
  readonly router: Router;
  readonly downstream: DownstreamServices;
  /** The QoS 2 message that `packetId` of the device stands for is handed on: its repetition need not be. */
  readonly markRouted: (session: Session, packetId: number, message: StoredMessage) => void;
}

/**
 * A device while it is connected: admits its messages, draws their sequence numbers, and says what became of them.
 * The subclasses speak the device's protocol.
 */
export abstract class Session {
  readonly clientId: string;
  readonly epoch: number;
  readonly nonce: string;
  readonly connectedAt: number;
  readonly isTransient: boolean;
  readonly window: number;
  readonly isPersistent: boolean;
  readonly connection: Connection;
  readonly subscriptions: Map<string, string>;
  /** Seconds; DISCONNECT may change it. */
  expiry: number;
  hasChangedExpiry = false;
  seq = 0;
  messages = 0;
  bytes = 0;
  dropped = 0;
  unknown = 0;
  /** Why the connection ended; undefined while it lives. */
  endedBy: CloseReason | undefined;
  /** More about it, for the log. */
  endedDetail: string | undefined;
  /** Unix ms. */
  endedAt = 0;
  /** Messages when the figures were last told, so that who has not moved costs nothing. */
  sampledMessages = 0;
  recordedAt: number;
  /** Of those, how many the device record has; the rest of a superseded session is added when it ends. */
  recordedMessages = 0;
  recordedBytes = 0;
  /** Packet id → state of QoS 2 messages not yet released; absent until there is one. */
  receiving: Map<number, ReceiveState> | undefined;
  /** QoS 1 messages not yet answered. */
  unansweredQos1 = 0;
  /** Of those: stored by an earlier connection, and perhaps not handed on yet. */
  unrouted: Map<number, ReceivedMessage> | undefined;
  protected readonly services: SessionServices;
  readonly #channel: UplinkChannel;
  readonly #queueState: QueueState | undefined;
  readonly #deliveryWindow: number;
  #downstream: Downstream | undefined;
  #fanOuts: FanOuts | undefined;
  #unanswered = 0;
  /** Monotonic ms. */
  #windowFullAt = 0;
  #hasFinished = false;
  /** In the uplink's list of readers that wait for room. */
  #isWaiting = false;
  #whenAnswered: (() => void)[] | undefined;
  #whenFinished: (() => void)[] | undefined;

  constructor(start: SessionStart, connection: Connection, services: SessionServices) {
    this.clientId = start.clientId;
    this.epoch = start.epoch;
    this.nonce = start.nonce;
    this.connectedAt = start.connectedAt;
    this.recordedAt = start.connectedAt;
    this.expiry = start.expiry;
    this.window = start.window;
    this.isTransient = start.isTransient;
    this.subscriptions = new Map(start.subscriptions);
    this.isPersistent = start.isPersistent;
    this.#queueState = start.isPersistent ? start.queue : undefined;
    this.#deliveryWindow = start.deliveryWindow;
    for (const [packetId, message] of start.receiving) {
      (this.receiving ??= new Map()).set(packetId, 'stored');
      if (!message.isRouted) (this.unrouted ??= new Map()).set(packetId, message);
    }
    this.connection = connection;
    this.services = services;
    this.#channel = services.uplink.openChannel(start.clientId, start.epoch, (kind, token, outcome) =>
      this.#settled(kind, token, outcome),
    );
    connection.mayTake = () => this.#mayTake();
    connection.onEnded = (reason, detail) => this.#ended(reason, detail);
  }

  /** Says in the device's protocol that the store answered: PUBACK, PUBREC, PUBCOMP or an `ack` frame. */
  protected abstract sayStored(kind: EntryKind, token: number, result: RouteResult): void;
  /** Says a message to the device; `skipped` when it is larger than the device takes. */
  protected abstract say(delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped';
  /** Says that a QoS 2 message the device has received may be forgotten: PUBREL. */
  protected abstract sayRelease(packetId: number): void;

  /** Everything the connection sent is answered, and it has ended. */
  get isFinished(): boolean {
    return this.endedBy !== undefined && this.#unanswered === 0 && this.#isSettled;
  }
  get #isSettled(): boolean {
    return this.#downstream?.deliveries.isSettled ?? true;
  }

  /** What is on its way to the device. Made at the first need: most devices only send. */
  get downstream(): Downstream {
    return (this.#downstream ??= this.#openDownstream());
  }
  /** The same, if there is any. */
  get openDownstream(): Downstream | undefined {
    return this.#downstream;
  }
  /** The highest entry of its queue that may have been sent to the device. */
  get sent(): number {
    return this.#downstream?.sent ?? this.#queueState?.sent ?? 0;
  }

  /** Messages not yet answered by Redis. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * Admits one message: draws its number and appends it to the uplink, or drops it when it is of QoS 0 and Redis is
   * away. `token` comes back in `sayStored`.
   */
  admit(
    qos: 0 | 1 | 2,
    token: number,
    topic: Buffer,
    topicStart: number,
    topicEnd: number,
    payload: Buffer,
    payloadStart: number,
    payloadEnd: number,
    retain: boolean,
    properties: PublishProperties | undefined,
  ): void {
    const { uplink, counters, router } = this.services;
    const payloadBytes = payloadEnd - payloadStart;
    counters.messagesIn[qos]!++;
    counters.bytesIn += payloadBytes;
    this.messages++;
    this.bytes += payloadBytes;
    const seq = ++this.seq;
    if (qos === 0 && !uplink.isUp) {
      this.dropped++;
      counters.dropped['store-unavailable']++;
      return;
    }
    if (qos === 1) this.unansweredQos1++;
    const { heardAt } = this.connection;
    const hasExtras = retain || properties !== undefined;
    // Without an answer to match, a QoS 0 message is known by its number.
    const key = qos === 0 ? seq : token;
    let isWanted = false;
    if (retain || !router.isIdle) {
      const name = topic.toString('utf8', topicStart, topicEnd);
      isWanted = retain || router.isWanted(name);
      if (isWanted) {
        const bytes = Buffer.from(payload.subarray(payloadStart, payloadEnd));
        const message = storedMessage(this, seq, name, qos, heardAt, bytes, retain, properties);
        this.#routing.admitted(qos, key, message);
      }
    }
    uplink.append(
      this.#channel,
      qos,
      key,
      token,
      seq,
      heardAt,
      topic,
      topicStart,
      topicEnd,
      payload,
      payloadStart,
      payloadEnd,
      hasExtras ? messageExtras(retain, properties) : undefined,
      isWanted,
    );
    this.#sent();
  }

  /** Hands on a QoS 2 message again that an earlier connection stored and perhaps did not hand on. */
  routeAgain(packetId: number, message: StoredMessage): void {
    this.receiving?.set(packetId, 'storing');
    this.#sent();
    this.#routing.route(EntryKind.QOS2, packetId, message);
  }

  /** Redis has a new entry of the session's queue. */
  queued(n: number, delivery: Delivery): void {
    if (this.#queueState !== undefined && this.endedBy === undefined) this.downstream.queued(n, delivery);
  }

  /** Goes on with what an earlier connection of the session left: called once, when the device has its welcome. */
  resume(): void {
    const state = this.#queueState;
    if (state === undefined || this.endedBy !== undefined) return;
    if (state.length > 0 || state.awaitingComplete.length > 0) this.downstream.resume();
  }

  /** Its queue may have entries that this node was not told of. */
  look(): void {
    if (this.#queueState !== undefined && this.endedBy === undefined) this.downstream.look();
  }

  get isOpen(): boolean {
    return this.endedBy === undefined;
  }

  /** Asks for the removal of a QoS 2 receive record. */
  releasePacketId(packetId: number): void {
    this.services.uplink.release(this.#channel, packetId);
    this.#sent();
  }

  /** Ends the connection; the first reason wins. */
  close(reason: CloseReason, detail?: string): void {
    this.connection.close(reason, detail);
  }

  /** Resolves when Redis has answered everything the device sent so far. */
  answered(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#whenAnswered ??= []).push(resolve));
  }

  /** Resolves when the session is finished. */
  finished(): Promise<void> {
    if (this.isFinished) return Promise.resolve();
    return new Promise((resolve) => (this.#whenFinished ??= []).push(resolve));
  }

  /** For the uplink: there is room again. */
  readOn(): void {
    this.#isWaiting = false;
    if (this.#unanswered < this.window) this.connection.resume(PauseCause.WINDOW);
    if (this.#mayTake()) this.connection.resume(PauseCause.SATURATED);
  }

  /** Nothing is taken while the node is above its high mark; reading goes on when it is below the low one. */
  #mayTake(): boolean {
    if (!this.services.uplink.isSaturated) return true;
    this.connection.pause(PauseCause.SATURATED);
    if (!this.#isWaiting && this.endedBy === undefined) {
      this.#isWaiting = true;
      this.services.uplink.waitForRoom(this);
    }
    return false;
  }

  #sent(): void {
    if (++this.#unanswered >= this.window && !this.connection.isPausedBy(PauseCause.WINDOW)) {
      this.#windowFullAt = this.services.monotonic();
      this.connection.pause(PauseCause.WINDOW);
    }
  }

  get #routing(): FanOuts {
    return (this.#fanOuts ??= new FanOuts(
      this.services.router,
      (kind, token, outcome, result) => this.#answer(kind, token, outcome, result),
      (packetId, message) => this.services.markRouted(this, packetId, message),
    ));
  }

  #openDownstream(): Downstream {
    const { connection, services } = this;
    const recipient: Recipient = {
      clientId: this.clientId,
      epoch: this.epoch,
      now: services.now,
      window: this.#deliveryWindow,
      isCongested: () => connection.isCongested,
      say: (delivery, packetId, isDup) => this.say(delivery, packetId, isDup),
      sayRelease: (packetId) => this.sayRelease(packetId),
      counters: services.counters,
    };
    const downstream = new Downstream(recipient, services.downstream, this.#queueState);
    downstream.deliveries.onSettled = () => this.#finishIfDone();
    connection.onDrain = () => downstream.pump();
    return downstream;
  }

  #settled(kind: EntryKind, token: number, outcome: Outcome): void {
    if (this.#fanOuts?.settled(kind, token, outcome) !== true) this.#answer(kind, token, outcome, 'done');
  }

  #answer(kind: EntryKind, token: number, outcome: Outcome, result: RouteResult): void {
    // Half a window of room before reading goes on, so that it does not stop and start at every message.
    if (--this.#unanswered === this.window >> 1 && this.connection.isPausedBy(PauseCause.WINDOW))
      this.#goOn();
    if (kind === EntryKind.QOS1) this.unansweredQos1--;
    const { counters } = this.services;
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
          this.close('store-failed');
        }
        break;
      case Outcome.FENCED:
        this.close('superseded');
        break;
      case Outcome.UNKNOWN:
        this.unknown++;
        counters.unknown++;
        break;
    }
    if (this.#unanswered === 0) this.#allAnswered();
  }

  #stored(kind: EntryKind, token: number, result: RouteResult): void {
    if (result === 'failed') return this.close('store-failed', 'a message could not be handed on');
    const isRefused = kind === EntryKind.RELEASE && this.receiving?.get(token) === 'refused';
    if (kind === EntryKind.QOS2) this.receiving?.set(token, 'stored');
    else if (kind === EntryKind.RELEASE) this.receiving?.delete(token);
    // A refusal was the last word about it: the device has forgotten the id.
    if (kind === EntryKind.QOS0 || isRefused || this.endedBy !== undefined) return;
    this.services.counters.acknowledged++;
    this.sayStored(kind, token, result);
  }

  #allAnswered(): void {
    if (this.#whenAnswered !== undefined) {
      for (const resolve of this.#whenAnswered) resolve();
      this.#whenAnswered = undefined;
    }
    if (this.endedBy !== undefined) this.#finishIfDone();
  }

  #goOn(): void {
    const { uplink, monotonic } = this.services;
    if (monotonic() - this.#windowFullAt < restMs) uplink.readOnAfterRest(this);
    else uplink.readOnAfterAcks(this);
  }

  #ended(reason: CloseReason, detail: string | undefined): void {
    this.endedBy = reason;
    this.endedDetail = detail;
    this.endedAt = this.services.now();
    const { counters } = this.services;
    counters.disconnected(reason);
    counters.connectionsChanged(this.connection.listener, this.connection.protocol, -1);
    this.#downstream?.end();
    this.onEnded();
    this.#finishIfDone();
  }

  /** Called once when the connection has ended, before the session is finished. */
  onEnded: () => void = () => {};

  #finishIfDone(): void {
    if (!this.isFinished || this.#hasFinished) return;
    this.#hasFinished = true;
    this.#finish();
  }

  #finish(): void {
    this.services.onFinished(this);
    for (const resolve of this.#whenFinished ?? []) resolve();
    this.#whenFinished = undefined;
  }
}
