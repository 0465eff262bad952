import { EntryKind } from '@tributary/backplane';
import { type CloseReason, PacketType } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import { Session, type SessionServices, type SessionStart } from './session.ts';
import { TopicAliases } from './topic-aliases.ts';

/** Writes changed subscriptions to Redis; answers why the connection has no right to any more. @throws without Redis */
export type ChangeSubscriptions = (
  session: Session,
  added: ReadonlyMap<string, string>,
  removed: readonly string[],
) => Promise<CloseReason | undefined>;

export interface MqttSessionServices extends SessionServices {
  readonly limits: MqttSessionLimits;
  readonly changeSubscriptions: ChangeSubscriptions;
  /** Longest life a session may ask for, seconds. */
  readonly maxExpirySeconds: number;
}

export interface MqttSessionLimits {
  readonly maxTopicBytes: number;
  readonly maxTopicLevels: number;
  readonly maxPacketBytes: number;
  readonly maxTopicAliases: number;
  readonly maxSubscriptions: number;
  /** QoS 2 messages of a 3.1.1 device that wait for its PUBREL; on MQTT 5 Receive Maximum bounds them. */
  readonly maxAwaitingRelease: number;
}

/** A device that speaks MQTT. */
export class MqttSession extends Session {
  declare readonly connection: MqttConnection;
  declare readonly services: MqttSessionServices;
  readonly aliases: TopicAliases;
  /** Messages that came again, each with how many before it wait for Redis; absent when there is none. */
  #repeats: { packetId: number; behind: number }[] | undefined;

  constructor(start: SessionStart, connection: MqttConnection, services: MqttSessionServices) {
    super(start, connection, services);
    this.aliases = new TopicAliases(services.limits.maxTopicAliases);
  }

  protected override sayStored(kind: EntryKind, token: number): void {
    if (kind === EntryKind.QOS1) this.connection.acknowledge(PacketType.PUBACK, token);
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

  #sayReceived(packetId: number): void {
    this.connection.acknowledge(PacketType.PUBREC, packetId);
    if (this.#repeats === undefined) return;
    for (const repeat of this.#repeats) repeat.behind--;
    while (this.#repeats[0]?.behind === 0) {
      this.connection.acknowledge(PacketType.PUBREC, this.#repeats.shift()!.packetId);
    }
    if (this.#repeats.length === 0) this.#repeats = undefined;
  }
}
