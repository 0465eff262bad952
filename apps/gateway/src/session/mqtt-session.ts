import { EntryKind } from '@tributary/backplane';
import { PacketType } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import { Session, type SessionServices, type SessionStart } from './session.ts';
import { TopicAliases } from './topic-aliases.ts';

/** Writes changed subscriptions to Redis; false when a newer connection owns the session. @throws without Redis */
export type ChangeSubscriptions = (
  session: Session,
  added: ReadonlyMap<string, string>,
  removed: readonly string[],
) => Promise<boolean>;

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

  constructor(start: SessionStart, connection: MqttConnection, services: MqttSessionServices) {
    super(start, connection, services);
    this.aliases = new TopicAliases(services.limits.maxTopicAliases);
  }

  protected override sayStored(kind: EntryKind, token: number): void {
    const type =
      kind === EntryKind.QOS1
        ? PacketType.PUBACK
        : kind === EntryKind.QOS2
          ? PacketType.PUBREC
          : PacketType.PUBCOMP;
    this.connection.acknowledge(type, token);
  }
}
