import { type Ack, encodeAck, PacketType } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const PACKET_ID_NOT_FOUND = 0x92;

/** PUBREL (MQTT 5 section 3.6): the receive record is removed, and PUBCOMP follows when Redis says so. */
export function onPubRel(session: MqttSession, packet: Ack): void {
  const { packetId } = packet;
  const state = session.upstream.receiving?.stateOf(packetId);
  if (state === undefined || state === 'refused') {
    // Released before, or never seen: there is nothing to remove.
    session.connection.send(
      encodeAck(PacketType.PUBCOMP, packetId, PACKET_ID_NOT_FOUND, session.connection.version),
    );
    return;
  }
  if (state === 'releasing') return;
  session.upstream.receiving!.move(packetId, 'releasing');
  session.upstream.releasePacketId(packetId);
}
