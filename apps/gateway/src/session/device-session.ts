import { type EntryKind, wholeMessage } from '@tributary/backplane';
import {
  adviceOf,
  checkTopicName,
  type DeviceFrame,
  type HelloFrame,
  type ProofFrame,
  ProtocolError,
  type PublishFrame,
  type PublishProperties,
  type SubscribeFrame,
  type SubscribeRefusal,
  type UnsubscribeFrame,
} from '@tributary/protocol';
import type { DeviceConnection } from '../connection/device-connection.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { RouteResult } from '../routing/join.ts';
import { grant, type GrantingServices, hold, letGo } from './granting.ts';
import { messageFrame } from './outgoing-frame.ts';
import { Session, type SessionServices } from './session.ts';
import type { SessionStart } from './session-start.ts';

const noRoom = 'no room in the queue of a subscriber, or for another retained message';

export type DeviceSessionServices = SessionServices & GrantingServices;

/** A plain WebSocket device. An `id` in `publish` asks for QoS 1; without one it is QoS 0. */
export class DeviceSession extends Session {
  declare readonly connection: DeviceConnection;
  declare readonly services: DeviceSessionServices;

  constructor(start: SessionStart, connection: DeviceConnection, services: DeviceSessionServices) {
    super(start, connection, services);
    connection.handler = {
      onHello: refuseHello,
      onFrame: (frame) => this.#onFrame(frame),
    };
  }

  override sayStored(_kind: EntryKind, token: number, result: RouteResult): void {
    if (result === 'full') this.#sayError(token, 'quota-exceeded', noRoom);
    else this.connection.send({ type: 'ack', id: token });
  }

  override saySlowDown(retryAfterMs: number): void {
    this.connection.send({ type: 'slow_down', retryAfterMs });
  }

  protected override say(delivery: Delivery, packetId: number, isDup: boolean): 'said' {
    this.connection.send(messageFrame(delivery, packetId, isDup, this.services.now()));
    return 'said';
  }

  /** This protocol acknowledges once: what a session has at QoS 2 from elsewhere is over with the same answer. */
  protected override sayRelease(packetId: number): void {
    this.downstream.deliveries.completed({ packetId, reasonCode: 0 });
  }

  #onFrame(frame: Exclude<DeviceFrame, HelloFrame | ProofFrame>): void {
    switch (frame.type) {
      case 'publish':
        return this.#onPublish(frame);
      case 'subscribe':
        return this.#onSubscribe(frame);
      case 'unsubscribe':
        return this.#onUnsubscribe(frame);
      case 'ping':
        return this.connection.send({ type: 'pong' });
      case 'bye':
        return this.close('normal');
      case 'ack':
        return this.#onAck(frame.id);
    }
  }

  #onPublish(frame: PublishFrame): void {
    const { id, payload } = frame;
    const topic = Buffer.from(frame.topic);
    try {
      if (topic.length === 0) throw new ProtocolError('topic-name-invalid', 'empty topic');
      checkTopicName(topic, 0, topic.length, this.services.limits);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // One bad topic is that message's fault, not the connection's: JSON framing is intact.
      return this.#sayError(id, error.code, error.message);
    }
    if (this.#isDenied(topic)) {
      this.services.counters.denied++;
      if (this.throttle?.judge(topic.length + payload.length, 'refuse') === 'close')
        return this.close('rate-exceeded', this.throttle.why);
      return this.#sayError(id, 'not-authorized', 'a topic it may not publish to');
    }
    if (frame.retain && !this.services.offers.retainAvailable) {
      return this.#sayError(id, 'retain-not-supported', adviceOf('retain-not-supported').says);
    }
    this.publishes(topic);
    if (!this.#isWithinRates(id, topic.length + payload.length)) return;
    const qos = id === undefined ? 0 : 1;
    this.upstream.admit(wholeMessage(qos, id ?? 0, topic, payload, frame.retain, propertiesOf(frame)));
  }

  /** A message above its rates is answered by `error` when it has an id, and dropped when it has none. */
  #isWithinRates(id: number | undefined, bytes: number): boolean {
    const { throttle } = this;
    const judgement =
      throttle === undefined ? 'admit' : throttle.judge(bytes, id === undefined ? 'drop' : 'refuse');
    if (judgement === 'admit') return true;
    if (judgement === 'close') this.close('rate-exceeded', throttle!.why);
    else if (id === undefined) this.upstream.dropAboveRate();
    else this.#sayError(id, 'rate-exceeded', `not stored, as it is faster than its limit: ${throttle!.why}`);
    return false;
  }

  /** For every device, or for this one. */
  #isDenied(topic: Buffer): boolean {
    if (this.services.subscriptions.isPublishDenied(topic, 0, topic.length)) return true;
    if (this.acl === undefined || this.acl.mayPublish(topic)) return false;
    this.services.access.denied(this, 'publish', topic.toString());
    return true;
  }

  #onSubscribe({ id, topics }: SubscribeFrame): void {
    const { services } = this;
    const wishes = topics.map(({ filter, ...options }) => ({
      filter,
      options: { ...options, retainAsPublished: false, identifier: undefined },
    }));
    const grants = grant(this, wishes, services);
    const granted = grants.answers as readonly (0 | 1 | SubscribeRefusal)[];
    void hold(this, grants, services, () => this.connection.send({ type: 'subscribed', id, granted }));
  }

  #onUnsubscribe({ id, topics }: UnsubscribeFrame): void {
    const held = new Set(topics.filter((filter) => this.subscriptions.has(filter)));
    const removed = topics.map((filter, i) => held.has(filter) && topics.indexOf(filter) === i);
    void letGo(this, [...held], this.services, () =>
      this.connection.send({ type: 'unsubscribed', id, removed }),
    );
  }

  #onAck(packetId: number): void {
    this.meter?.acknowledged(packetId);
    this.openDownstream?.deliveries.finished({ packetId, reasonCode: 0 });
  }

  #sayError(id: number | undefined, code: string, message: string): void {
    if (code !== 'quota-exceeded' && code !== 'rate-exceeded') this.meter?.erred();
    this.connection.send({ type: 'error', ...(id === undefined ? {} : { id }), code, message });
  }
}

/** What a `publish` has in common with an MQTT 5 PUBLISH; undefined when it has nothing of it. */
function propertiesOf(frame: PublishFrame): PublishProperties | undefined {
  const { contentType, responseTopic, correlation, expiry } = frame;
  const found: PublishProperties = {
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlation === undefined ? {} : { correlationData: correlation }),
    ...(expiry === undefined ? {} : { messageExpiry: expiry }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

function refuseHello(): void {
  throw new ProtocolError('protocol-error', 'a second hello');
}
