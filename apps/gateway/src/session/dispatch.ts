import { type ClientPacket, type Connect, PacketType } from '@tributary/protocol';
import { onPubAck, onPubComp, onPubRec } from './handlers/acknowledge.ts';
import { onAuth } from './handlers/auth.ts';
import { onDisconnect } from './handlers/disconnect.ts';
import { onPingReq } from './handlers/pingreq.ts';
import { onPublish } from './handlers/publish.ts';
import { onPubRel } from './handlers/pubrel.ts';
import { onSubscribe } from './handlers/subscribe.ts';
import { onUnsubscribe } from './handlers/unsubscribe.ts';
import type { MqttSession } from './mqtt-session.ts';

/** Hands a packet to the handler of its type. */
export function dispatch(session: MqttSession, packet: Exclude<ClientPacket, Connect>): void {
  switch (packet.type) {
    case PacketType.PUBLISH:
      return onPublish(session, packet);
    case PacketType.PUBREL:
      return onPubRel(session, packet);
    case PacketType.SUBSCRIBE:
      return onSubscribe(session, packet);
    case PacketType.UNSUBSCRIBE:
      return onUnsubscribe(session, packet);
    case PacketType.PINGREQ:
      return onPingReq(session);
    case PacketType.DISCONNECT:
      return onDisconnect(session, packet);
    case PacketType.PUBACK:
      return onPubAck(session, packet);
    case PacketType.PUBREC:
      return onPubRec(session, packet);
    case PacketType.PUBCOMP:
      return onPubComp(session, packet);
    case PacketType.AUTH:
      return onAuth(session, packet);
  }
}
