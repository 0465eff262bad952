import { ProtocolError, type Publish } from '@tributary/protocol';
import { messageExtras } from '../message-extras.ts';
import type { MqttSession } from '../mqtt-session.ts';

/** PUBLISH (MQTT 5 section 3.3): the device's message goes up; its acknowledgement follows when Redis has it. */
export function onPublish(session: MqttSession, packet: Publish): void {
  const { qos, packetId, properties } = packet;
  let { bytes: topic, topicStart, topicEnd } = packet;
  if (properties?.topicAlias !== undefined) {
    topic = session.aliases.resolve(properties.topicAlias, packet);
    topicStart = 0;
    topicEnd = topic.length;
  }
  if (qos === 2 && !receiveOnce(session, packetId)) return;
  if (qos === 1) checkReceiveMaximum(session);
  const extras =
    packet.retain || properties !== undefined ? messageExtras(packet.retain, properties) : undefined;
  session.admit(
    qos,
    packetId,
    topic,
    topicStart,
    topicEnd,
    packet.bytes,
    packet.payloadStart,
    packet.payloadEnd,
    extras,
  );
}

/** Whether a QoS 2 PUBLISH is new. One whose packet id still waits for PUBREL is the same message again [MQTT-4.3.3-10]. */
function receiveOnce(session: MqttSession, packetId: number): boolean {
  const known = session.receiving?.get(packetId);
  // Stored before, perhaps by an earlier connection: told again. While storing, the answer is on its way.
  if (known === 'stored') session.repeatPubRec(packetId);
  if (known !== undefined) return false;
  checkReceiveMaximum(session);
  (session.receiving ??= new Map()).set(packetId, 'storing');
  return true;
}

/** [MQTT-3.3.4-9] on MQTT 5; on 3.1.1, which agrees on no number, our own limit on QoS 2. */
function checkReceiveMaximum(session: MqttSession): void {
  const awaitingRelease = session.receiving?.size ?? 0;
  if (session.connection.version === 5) {
    if (session.unansweredQos1 + awaitingRelease >= session.window) {
      throw new ProtocolError(
        'receive-maximum-exceeded',
        `more than ${session.window} messages unacknowledged`,
      );
    }
  } else if (awaitingRelease >= session.services.limits.maxAwaitingRelease) {
    throw new ProtocolError('quota-exceeded', `${awaitingRelease} QoS 2 messages wait for PUBREL`);
  }
}
