import { EntryKind } from '@tributary/backplane';
import { PacketType } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import type { Delivery } from '../routing/delivery.ts';
import type { RouteResult } from '../routing/router.ts';
import { OutgoingAliases } from './outgoing-aliases.ts';
import { publishFor } from './outgoing-publish.ts';
import type { GrantingServices } from './granting.ts';
import { sayRefusal } from './problems.ts';
import { Session, type SessionServices, type SessionStart } from './session.ts';
import { TopicAliases } from './topic-aliases.ts';

export interface MqttSessionServices extends SessionServices, GrantingServices {
  readonly limits: MqttSessionLimits;
  /** Whether SUBACK says that a filter is not authorized, or just that it is refused. */
  readonly revealsDenials: boolean;
  /** Response Information of CONNACK; `${clientId}` stands for the device's. Empty: none. */
  readonly responseInformation: string;
  /** Longest life a session may ask for, seconds. */
  readonly maxExpirySeconds: number;
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
}

const QUOTA_EXCEEDED = 0x97;

/** A device that speaks MQTT. */
export class MqttSession extends Session {
  declare readonly connection: MqttConnection;
  declare readonly services: MqttSessionServices;
  readonly aliases: TopicAliases;
  readonly #outgoingAliases: OutgoingAliases | undefined;
  /** Messages that came again, each with how many before it wait for Redis; absent when there is none. */
  #repeats: { packetId: number; behind: number }[] | undefined;

  constructor(
    start: SessionStart,
    connection: MqttConnection,
    services: MqttSessionServices,
    wishes: MqttWishes,
  ) {
    super(start, connection, services);
    this.aliases = new TopicAliases(services.limits.maxTopicAliases);
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

  protected override sayStored(kind: EntryKind, token: number, result: RouteResult): void {
    if (result === 'full' && this.connection.version === 5 && kind !== EntryKind.RELEASE)
      this.#sayFull(kind, token);
    else if (kind === EntryKind.QOS1) this.connection.acknowledge(PacketType.PUBACK, token);
    else if (kind === EntryKind.QOS2) this.#sayReceived(token);
    else this.connection.acknowledge(PacketType.PUBCOMP, token);
  }

  /**
   * PUBREC for a message that was stored before and came again. It takes its turn behind those that came before it and
   * are being stored [MQTT-4.6.0-3].
   */
  repeatPubRec(packetId: number): void {
    let behind = 0;
    for (const state of this.receiving?.values() ?? []) if (state === 'storing') behind++;
    if (behind === 0) this.connection.acknowledge(PacketType.PUBREC, packetId);
    else if (this.#repeats?.some((repeat) => repeat.packetId === packetId) !== true) {
      (this.#repeats ??= []).push({ packetId, behind });
    }
  }

  /** The stream has the message, and somebody who wants it has no room: MQTT 5 can say so. */
  #sayFull(kind: EntryKind, packetId: number): void {
    const type = kind === EntryKind.QOS1 ? PacketType.PUBACK : PacketType.PUBREC;
    sayRefusal(this.connection, type, packetId, QUOTA_EXCEEDED, 'no room in the queue of a subscriber');
    if (kind !== EntryKind.QOS2) return;
    // With this answer the exchange is over: there will be no PUBREL to forget the id (section 4.3.3).
    this.receiving?.set(packetId, 'refused');
    this.releasePacketId(packetId);
    this.#nextRepeats();
  }

  #sayReceived(packetId: number): void {
    this.connection.acknowledge(PacketType.PUBREC, packetId);
    this.#nextRepeats();
  }

  #nextRepeats(): void {
    if (this.#repeats === undefined) return;
    for (const repeat of this.#repeats) repeat.behind--;
    while (this.#repeats[0]?.behind === 0) {
      this.connection.acknowledge(PacketType.PUBREC, this.#repeats.shift()!.packetId);
    }
    if (this.#repeats.length === 0) this.#repeats = undefined;
  }
}
