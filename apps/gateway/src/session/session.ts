import type { EntryKind, LinkPast, QueueState } from '@tributary/backplane';
import { type CloseReason, type ServiceClass, serviceClasses } from '@tributary/protocol';
import type { SessionAcl } from '../admission/acl/session-acl.ts';
import type { AcknowledgeLevel } from '../admission/classes/acknowledge.ts';
import type { Raises } from '../admission/classes/raises.ts';
import type { DeviceTraits } from '../admission/device-rules.ts';
import type { Identity } from '../admission/identity.ts';
import type { ThrottleSubject } from '../admission/throttle-note.ts';
import type { Connection } from '../connection/connection.ts';
import { PauseCause } from '../connection/pause-cause.ts';
import type { LinkMeter } from '../quality/link-meter.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { RouteResult } from '../routing/join.ts';
import { Downstream, type DownstreamServices } from './deliveries/downstream.ts';
import { DownstreamOnDemand } from './deliveries/downstream-on-demand.ts';
import type { Recipient } from './deliveries/outgoing.ts';
import type { ToldQuality } from './quality/told-quality.ts';
import type { UpstreamServices } from './sender.ts';
import type { SessionStart } from './session-start.ts';
import type { ReplayPace } from './throttling/replay-pace.ts';
import type { Throttle } from './throttling/throttle.ts';
import { Upstream } from './upstream.ts';

export interface SessionServices extends UpstreamServices {
  /** Unix ms. */
  readonly now: () => number;
  /** The connection has ended and everything it sent is answered: the claim can be released. */
  readonly onFinished: (session: Session) => void;
  readonly classes: ClassWatch;
  readonly downstream: DownstreamServices;
  /** How fast the backlog of a session is sent; undefined: as fast as it takes it. */
  readonly paceOf: (session: Session) => ReplayPace | undefined;
}

/** What raises the class of a device for what it does, and for what is asked of it. */
export interface ClassWatch {
  /** Topics matter: each is to be shown to `published`. */
  readonly hasTopics: boolean;
  published(session: Session, topic: Buffer, start: number, end: number): void;
  /** When messages of a device that connects as `serviceClass` are acknowledged. */
  levelOf(serviceClass: ServiceClass): AcknowledgeLevel;
  /** A message above QoS 0 is with the device. */
  commanded(session: Session): void;
}

/** Changes of its subscriptions a device may have on their way to Redis before reading pauses. */
const maxChanges = 4;

/**
 * A device while it is connected: what it sends goes up, what it subscribes to comes down, and its end is told once both
 * are done with. The subclasses speak the device's protocol.
 */
export abstract class Session {
  readonly clientId: string;
  readonly epoch: number;
  readonly nonce: string;
  readonly connectedAt: number;
  readonly isTransient: boolean;
  readonly traits: DeviceTraits;
  readonly identity: Identity;
  /** What it may publish and have; undefined: everything. Replaced when the rules change. */
  acl: SessionAcl | undefined;
  readonly #willTopic: string | undefined;
  /** Service class by the rules, and the one in force: the same, or what it is raised to. Kept by `Classes`. */
  baseClass: ServiceClass;
  class: ServiceClass;
  /** When its messages are acknowledged; fixed while it is connected. */
  readonly acknowledges: AcknowledgeLevel;
  /** What raises it; undefined while nothing ever did. */
  raises: Raises | undefined;
  /** The class Redis has. */
  toldClass: ServiceClass;
  readonly link: LinkPast;
  readonly window: number;
  readonly isPersistent: boolean;
  readonly connection: Connection;
  readonly subscriptions: Map<string, string>;
  /** Seconds; DISCONNECT may change it. */
  expiry: number;
  hasChangedExpiry = false;
  /** Why the connection ended; undefined while it lives. */
  endedBy: CloseReason | undefined;
  /** More about it, for the log. */
  endedDetail: string | undefined;
  /** Unix ms. */
  endedAt = 0;
  /** What is measured of its link; absent before the session is entered, and where nothing is measured. */
  meter: LinkMeter | undefined;
  /** The rates its messages are under; undefined: none. */
  throttle: Throttle | undefined;
  /** What others were told of that. */
  told: ToldQuality | undefined;
  /** Messages when the figures were last told, so that who has not moved costs nothing. */
  sampledMessages = 0;
  recordedAt: number;
  /** Of those, how many the device record has; the rest of a superseded session is added when it ends. */
  recordedMessages = 0;
  recordedBytes = 0;
  /** Device → stream. */
  readonly upstream: Upstream;
  protected readonly services: SessionServices;
  readonly #downstream: DownstreamOnDemand;
  readonly #deliveryWindow: number;
  #hasFinished = false;
  #changes = 0;
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
    this.traits = start.traits;
    this.baseClass = start.traits.class;
    this.class = start.traits.class;
    this.toldClass = start.traits.class;
    this.acknowledges = services.classes.levelOf(start.traits.class);
    this.identity = start.identity;
    this.acl = start.acl;
    this.#willTopic = start.willTopic;
    this.link = start.link;
    this.subscriptions = new Map(start.subscriptions);
    this.isPersistent = start.isPersistent;
    this.#deliveryWindow = start.deliveryWindow;
    this.connection = connection;
    this.services = services;
    this.upstream = new Upstream(this, start.receiving, services);
    this.#downstream = new DownstreamOnDemand(start, services.downstream.unfinished, (queue) =>
      this.#makeDownstream(queue),
    );
    connection.onEnded = (reason, detail) => this.#ended(reason, detail);
  }

  /** Topic of a will it left and may not publish any more; undefined where there is none. */
  get deniedWill(): string | undefined {
    const topic = this.#willTopic;
    return topic === undefined || this.acl?.mayPublish(Buffer.from(topic)) !== false ? undefined : topic;
  }

  /** Place of its class in `serviceClasses`. */
  get rank(): number {
    return serviceClasses.indexOf(this.class);
  }

  /** It is of another class from now on: its messages queue there, and its link is judged by that. */
  reclass(next: ServiceClass): void {
    this.class = next;
    this.upstream.move(this.rank);
    if (this.meter !== undefined) this.meter.class = next;
  }

  /** It publishes to a topic, which may raise it: before anything of its class is asked of the message. */
  publishes(topic: Buffer, start = 0, end = topic.length): void {
    const { classes } = this.services;
    if (classes.hasTopics) classes.published(this, topic, start, end);
  }

  /** Says in the device's protocol that the store answered: PUBACK, PUBREC, PUBCOMP or an `ack` frame. */
  abstract sayStored(kind: EntryKind, token: number, result: RouteResult): void;
  /** Says a message to the device; `skipped` when it is larger than the device takes. */
  protected abstract say(delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped';
  /** Says that a QoS 2 message the device has received may be forgotten: PUBREL. */
  protected abstract sayRelease(packetId: number): void;

  /** Everything the connection sent is answered, and it has ended. */
  get isFinished(): boolean {
    return this.endedBy !== undefined && this.upstream.unanswered === 0 && this.#downstream.isSettled;
  }

  /** What is on its way to the device. Made at the first need. */
  get downstream(): Downstream {
    return this.#downstream.open();
  }
  /** The same, if there is any. */
  get openDownstream(): Downstream | undefined {
    return this.#downstream.opened;
  }
  /** The highest entry of its queue that may have been sent to the device. */
  get sent(): number {
    return this.#downstream.sent;
  }

  /** Redis has a new entry of the session's queue. */
  queued(n: number, delivery: Delivery): void {
    this.#downstream.queued(n, delivery);
  }

  /** Goes on with what an earlier connection of the session left: called once, when the device has its welcome. */
  resume(): void {
    this.#downstream.resume();
  }

  /** Its queue may have entries that this node was not told of. */
  look(): void {
    this.#downstream.look();
  }

  get isOpen(): boolean {
    return this.endedBy === undefined;
  }
  /** The node takes less of it for now: it should send nothing for so long. Most protocols have no word for it. */
  saySlowDown(_retryAfterMs: number): void {}
  /** Whether messages of the topic may be delivered to it, whatever it subscribed to. */
  mayHave(topic: string): boolean {
    return this.acl === undefined || this.acl.mayReceive(topic);
  }
  /** Changes of subscriptions that wait for Redis: with several of them nothing more is read. */
  changeBegins(): void {
    if (++this.#changes >= maxChanges) this.connection.pause(PauseCause.SUBSCRIBING);
  }
  changeEnds(): void {
    if (--this.#changes === 0) this.connection.resume(PauseCause.SUBSCRIBING);
  }

  /** Whom limits that it meets are told of. */
  get subject(): ThrottleSubject {
    const { clientId, epoch, identity, connection } = this;
    return { clientId, epoch, user: identity.user, address: connection.transport.remoteAddress };
  }

  /** Ends the connection; the first reason wins. */
  close(reason: CloseReason, detail?: string): void {
    this.connection.close(reason, detail);
  }

  /** Resolves when the session is finished. */
  finished(): Promise<void> {
    if (this.isFinished) return Promise.resolve();
    return new Promise((resolve) => (this.#whenFinished ??= []).push(resolve));
  }

  #makeDownstream(queue: QueueState | undefined): Downstream {
    const { connection, services } = this;
    const recipient: Recipient = {
      clientId: this.clientId,
      epoch: this.epoch,
      now: services.now,
      window: this.#deliveryWindow,
      mayHave: (topic) => this.mayHave(topic),
      isCongested: () => !connection.hasRoomFor(0),
      hasRoomFor: (bytes) => connection.hasRoomFor(bytes),
      refusedRoom: () => connection.refusedRoom(),
      say: (delivery, packetId, isDup) => this.#say(delivery, packetId, isDup),
      sayRelease: (packetId) => this.sayRelease(packetId),
      counters: services.counters,
      pace: (queue?.length ?? 0) === 0 ? undefined : services.paceOf(this),
    };
    const downstream = new Downstream(recipient, services.downstream, queue);
    downstream.deliveries.onSettled = () => this.#finishIfDone();
    connection.onDrain = () => downstream.pump();
    return downstream;
  }

  #say(delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped' {
    const said = this.say(delivery, packetId, isDup);
    if (delivery.qos > 0 && said === 'said') {
      this.services.classes.commanded(this);
      if (delivery.qos === 1) this.meter?.published(packetId);
    }
    return said;
  }

  #ended(reason: CloseReason, detail: string | undefined): void {
    this.endedBy = reason;
    this.endedDetail = detail;
    this.endedAt = this.services.now();
    const { counters } = this.services;
    counters.disconnected(reason);
    counters.connectionsChanged(this.connection.listener, this.connection.protocol, -1);
    this.#downstream.end();
    this.onEnded();
    this.#finishIfDone();
  }

  /** Called once when the connection has ended, before the session is finished. */
  onEnded: () => void = () => {};

  /** Redis has answered everything the device sent so far. */
  allAnswered(): void {
    this.#finishIfDone();
  }

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
