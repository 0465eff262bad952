import { EntryKind } from '@tributary/backplane';
import { type ClientPacket, type Connect, PacketType, ProtocolError } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';
import { onDisconnect } from './handlers/disconnect.ts';
import { onPingReq } from './handlers/pingreq.ts';
import { onPublish } from './handlers/publish.ts';
import { onPubRel } from './handlers/pubrel.ts';
import { onSubscribe } from './handlers/subscribe.ts';
import { onUnsubscribe } from './handlers/unsubscribe.ts';
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
    connection.handler = {
      onConnect: refuseConnect,
      onPacket: (packet) => this.#onPacket(packet),
    };
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

  #onPacket(packet: Exclude<ClientPacket, Connect>): void {
    switch (packet.type) {
      case PacketType.PUBLISH:
        return onPublish(this, packet);
      case PacketType.PUBREL:
        return onPubRel(this, packet);
      case PacketType.SUBSCRIBE:
        return onSubscribe(this, packet);
      case PacketType.UNSUBSCRIBE:
        return onUnsubscribe(this, packet);
      case PacketType.PINGREQ:
        return onPingReq(this);
      case PacketType.DISCONNECT:
        return onDisconnect(this, packet);
      case PacketType.PUBACK:
      case PacketType.PUBREC:
      case PacketType.PUBCOMP:
        // Answers to deliveries; without one of ours in flight there is nothing they could settle.
        return;
      case PacketType.AUTH:
        // No authentication method was agreed on at CONNECT [MQTT-4.12.0-6].
        throw new ProtocolError('protocol-error', 'AUTH without an authentication method');
    }
  }
}

function refuseConnect(): void {
  throw new ProtocolError('protocol-error', 'a second CONNECT');
}
