import { EntryKind } from '@tributary/backplane';
import { adviceOf, type CloseReason, PacketType } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { RouteResult } from '../routing/join.ts';
import type { Authentication } from './authentication.ts';
import type { AuthenticationMethod } from './enhanced-auth.ts';
import type { ResumeServices } from './handshake/coming-back.ts';
import { LateAnswers } from './late-answers.ts';
import { OutgoingAliases } from './outgoing-aliases.ts';
import { publishFor } from './outgoing-publish.ts';
import type { GrantingServices } from './granting.ts';
import { sayRefusal } from './problems.ts';
import { Session, type SessionServices } from './session.ts';
import type { SessionStart } from './session-start.ts';
import { TopicAliases } from './topic-aliases.ts';

export interface MqttSessionServices extends SessionServices, GrantingServices, ResumeServices {
  readonly limits: MqttSessionLimits;
  /** Whether SUBACK says that a filter is not authorized, or just that it is refused. */
  readonly revealsDenials: boolean;
  /** Response Information of CONNACK; `${clientId}` stands for the device's. Empty: none. */
  readonly responseInformation: string;
  /** Longest life a session may ask for, seconds. */
  readonly maxExpirySeconds: number;
  /** Methods of enhanced authentication by their names. */
  readonly authMethods: ReadonlyMap<string, AuthenticationMethod>;
}

export interface MqttSessionLimits {
  readonly maxTopicBytes: number;
  readonly maxTopicLevels: number;
  readonly maxPacketBytes: number;
  readonly maxTopicAliases: number;
  /** Topic aliases we set towards a device that allows them. */
  readonly maxTopicAliasesDown: number;
  readonly maxSubscriptions: number;
  /** QoS 2 messages of a 3.1.1 device that wait for its PUBREL; on MQTT 5 Receive Maximum bounds them. */
  readonly maxAwaitingRelease: number;
}

/** What a device said of itself in CONNECT that lasts. */
export interface MqttWishes {
  /** Its Topic Alias Maximum. */
  readonly topicAliasMaximum: number;
  /** By the method it named. */
  readonly authentication: Authentication | undefined;
}

const QUOTA_EXCEEDED = 0x97;
const noRoom = 'no room in the queue of a subscriber, or for another retained message';

/** A device that speaks MQTT. */
export class MqttSession extends Session {
  declare readonly connection: MqttConnection;
  declare readonly services: MqttSessionServices;
  readonly aliases: TopicAliases;
  /** Undefined: CONNECT named no method, and there is no AUTH on this connection. */
  readonly authentication: Authentication | undefined;
  readonly #outgoingAliases: OutgoingAliases | undefined;
  #late: LateAnswers | undefined;

  constructor(
    start: SessionStart,
    connection: MqttConnection,
    services: MqttSessionServices,
    wishes: MqttWishes,
  ) {
    super(start, connection, services);
    this.aliases = new TopicAliases(services.limits.maxTopicAliases);
    this.authentication = wishes.authentication;
    const aliases = Math.min(wishes.topicAliasMaximum, services.limits.maxTopicAliasesDown);
    if (aliases > 0) this.#outgoingAliases = new OutgoingAliases(aliases);
  }

  protected override say(delivery: Delivery, packetId: number, isDup: boolean): 'said' | 'skipped' {
    const { version, peerMaxPacketBytes: maxPacketBytes } = this.connection;
    const now = this.services.now();
    const addressee = { version, maxPacketBytes, aliases: this.#outgoingAliases, now };
    const frame = publishFor(addressee, delivery, packetId, isDup);
    if (frame === undefined) return 'skipped';
    this.connection.send(frame);
    return 'said';
  }

  protected override sayRelease(packetId: number): void {
    this.connection.acknowledge(PacketType.PUBREL, packetId);
  }

  override sayStored(kind: EntryKind, token: number, result: RouteResult): void {
    if (kind !== EntryKind.QOS1 && kind !== EntryKind.QOS2)
      return this.connection.acknowledge(PacketType.PUBCOMP, token);
    if (result === 'full' && this.connection.version === 5) this.#sayFull(kind, token);
    else this.connection.acknowledge(kind === 1 ? PacketType.PUBACK : PacketType.PUBREC, token);
    this.#late?.said(kind);
  }

  /** PUBREC for a message that was stored before and came again. */
  repeatPubRec(packetId: number): void {
    this.acknowledgeUnstored(2, packetId);
  }

  /** PUBACK or PUBREC for a message that is not stored now: it was before, or 3.1.1 has no word for its refusal. */
  acknowledgeUnstored(qos: 1 | 2, packetId: number): void {
    const type = qos === 1 ? PacketType.PUBACK : PacketType.PUBREC;
    this.#inTurn(qos, packetId, () => this.connection.acknowledge(type, packetId));
  }

  /** Refuses one message: nothing of it is stored (MQTT 5 sections 3.4.2.1, 3.5.2.1). */
  refuse(qos: 1 | 2, packetId: number, reason: CloseReason, words?: string): void {
    const { mqtt, says } = adviceOf(reason);
    const type = qos === 1 ? PacketType.PUBACK : PacketType.PUBREC;
    this.#inTurn(qos, packetId, () => sayRefusal(this.connection, type, packetId, mqtt, words ?? says));
  }

  /** An answer that waits for nothing but its turn. */
  #inTurn(qos: 1 | 2, packetId: number, say: () => void): void {
    const { unansweredQos1, receiving } = this.upstream;
    const behind = qos === 1 ? unansweredQos1 : (receiving?.storing ?? 0);
    if (behind === 0) say();
    else if ((this.#late?.size ?? 0) >= this.window) this.close('receive-maximum-exceeded');
    else (this.#late ??= new LateAnswers()).add(qos, packetId, behind, say);
  }

  /** The stream has the message, and somebody who wants it has no room: MQTT 5 can say so. */
  #sayFull(qos: 1 | 2, packetId: number): void {
    const type = qos === 1 ? PacketType.PUBACK : PacketType.PUBREC;
    sayRefusal(this.connection, type, packetId, QUOTA_EXCEEDED, noRoom);
    if (qos === 1) return;
    this.upstream.freePacketId(packetId);
  }
}
