import { type Ack, encodeAck, PacketType } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const PACKET_ID_NOT_FOUND = 0x92;

/** PUBACK (MQTT 5 section 3.4): the device has a QoS 1 message, or refuses it. */
export function onPubAck(session: MqttSession, packet: Ack): void {
  session.meter?.acknowledged(packet.packetId);
  session.openDownstream?.deliveries.acknowledged(packet);
}

/** PUBREC (section 3.5): the device has a QoS 2 message. PUBREL follows; for an id nobody waits for it says so. */
export function onPubRec(session: MqttSession, packet: Ack): void {
  const { packetId, reasonCode } = packet;
  if (session.openDownstream?.deliveries.received(packet) === true || reasonCode >= 0x80) return;
  const { connection } = session;
  connection.send(encodeAck(PacketType.PUBREL, packetId, PACKET_ID_NOT_FOUND, connection.version));
}

/** PUBCOMP (section 3.7): the device has forgotten the packet id, and so do we. */
export function onPubComp(session: MqttSession, packet: Ack): void {
  session.openDownstream?.deliveries.completed(packet);
}
