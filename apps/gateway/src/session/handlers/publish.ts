import { ProtocolError, type Publish } from '@tributary/protocol';
import { storedMessage } from '../message-extras.ts';
import type { MqttSession } from '../mqtt-session.ts';
import { chargeRefused, isWithinRates } from './throttled-publish.ts';

/** PUBLISH (MQTT 5 section 3.3): the device's message goes up; its acknowledgement follows when Redis has it. */
export function onPublish(session: MqttSession, received: Publish): void {
  const packet = received.properties?.topicAlias === undefined ? received : resolved(session, received);
  const { qos, packetId, topic, topicStart, topicEnd } = packet;
  checkOffers(session, packet);
  if (session.services.subscriptions.isPublishDenied(topic, topicStart, topicEnd)) {
    return isTaken(session, packet) ? endExchange(session, packetId) : refuse(session, packet);
  }
  if (session.acl !== undefined && !session.acl.mayPublish(topic, topicStart, topicEnd)) {
    return isTaken(session, packet) ? endExchange(session, packetId) : refuseByRule(session, packet);
  }
  if (qos === 2 && wasReceived(session, packet)) return;
  if (qos > 0) checkReceiveMaximum(session);
  session.publishes(topic, topicStart, topicEnd);
  if (session.throttle !== undefined && !isWithinRates(session, session.throttle, packet)) return;
  if (qos === 2) session.upstream.receive(packetId);
  session.upstream.admit(packet);
}

/** The packet with the topic that its alias stands for. */
function resolved({ aliases }: MqttSession, packet: Publish): Publish {
  const topic = aliases.resolve(packet.properties!.topicAlias!, packet);
  return { ...packet, topic, topicStart: 0, topicEnd: topic.length };
}

const topicOf = ({ topic, topicStart, topicEnd }: Publish): string =>
  topic.toString('utf8', topicStart, topicEnd);

/** What CONNACK says is not offered must not be used [MQTT-3.2.2-11, -14]. */
function checkOffers({ services }: MqttSession, { qos, retain }: Publish): void {
  const { maximumQos, retainAvailable } = services.offers;
  if (qos > maximumQos) throw new ProtocolError('qos-not-supported', `QoS ${qos}`);
  if (retain && !retainAvailable) throw new ProtocolError('retain-not-supported');
}

/** MQTT 5 can say no to one message; 3.1.1 can only end the connection [MQTT-3.3.5-2]. */
function refuse(session: MqttSession, packet: Publish): void {
  const { qos, packetId } = packet;
  chargeRefused(session, packet);
  session.services.counters.denied++;
  session.meter?.erred();
  if (qos === 0) return;
  if (session.connection.version !== 5)
    throw new ProtocolError('not-authorized', 'a topic it may not publish to');
  session.refuse(qos, packetId, 'not-authorized');
}

/**
 * By a rule for the device. Where 3.1.1 is not closed for it, it is told what it would be told of a message that is taken
 * [MQTT-3.3.5-2].
 */
function refuseByRule(session: MqttSession, packet: Publish): void {
  const { qos, packetId } = packet;
  const { access, counters } = session.services;
  access.denied(session, 'publish', topicOf(packet));
  if (session.connection.version === 5) return refuse(session, packet);
  chargeRefused(session, packet);
  counters.denied++;
  session.meter?.erred();
  if (access.closesDenied) throw new ProtocolError('not-authorized', 'a topic it may not publish to');
  if (qos > 0) session.acknowledgeUnstored(qos as 1 | 2, packetId);
}

/** Whether it is a QoS 2 message again that was taken when it first came, before it was denied. */
function isTaken({ upstream }: MqttSession, { qos, packetId }: Publish): boolean {
  const known = qos === 2 ? upstream.receiving?.stateOf(packetId) : undefined;
  return known !== undefined && known !== 'refused';
}

/** Its packet id is to be free again: a refusal would leave it taken here. Handed on to others it is not any more. */
function endExchange(session: MqttSession, packetId: number): void {
  if (session.upstream.receiving?.stateOf(packetId) === 'stored') session.repeatPubRec(packetId);
}

/** Whether a QoS 2 PUBLISH is not new: its packet id still waits for PUBREL, so it is the same message again [MQTT-4.3.3-10]. */
function wasReceived(session: MqttSession, packet: Publish): boolean {
  const { packetId } = packet;
  const known = session.upstream.receiving?.stateOf(packetId);
  // Stored before, perhaps by an earlier connection: told again. While storing, the answer is on its way.
  if (known === 'stored') {
    const before = session.upstream.receiving?.takeUnrouted(packetId);
    if (before === undefined) session.repeatPubRec(packetId);
    else {
      const payload = Buffer.from(packet.bytes.subarray(packet.payloadStart, packet.payloadEnd));
      const { clientId, connection } = session;
      const sender = { clientId, epoch: before.epoch };
      const { retain, properties } = packet;
      session.upstream.routeAgain(
        packetId,
        storedMessage(
          sender,
          before.seq,
          topicOf(packet),
          2,
          connection.heardAt,
          payload,
          retain,
          properties,
        ),
      );
    }
  }
  return known !== undefined && known !== 'refused';
}

/** [MQTT-3.3.4-7] on MQTT 5; on 3.1.1, which agrees on no number, our own limit on QoS 2. */
function checkReceiveMaximum(session: MqttSession): void {
  const { unansweredQos1, receiving } = session.upstream;
  if (session.connection.version === 5) {
    if (unansweredQos1 + (receiving?.awaitingRelease ?? 0) >= session.window) {
      throw new ProtocolError(
        'receive-maximum-exceeded',
        `more than ${session.window} messages unacknowledged`,
      );
    }
  } else if ((receiving?.size ?? 0) >= session.services.limits.maxAwaitingRelease) {
    throw new ProtocolError('quota-exceeded', 'too many QoS 2 messages wait for PUBREL');
  }
}
