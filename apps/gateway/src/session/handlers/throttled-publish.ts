import type { Publish } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';
import type { Throttle } from '../throttling/throttle.ts';

/**
 * Puts a PUBLISH to the rates its device is under. MQTT 5 is told of one that is not taken (0x97, sections 3.4.2.1 and
 * 3.5.2.1); 3.1.1 has no word for it, so above QoS 0 its connection ends. At QoS 0 it is dropped.
 * @returns whether the message is to be taken
 */
export function isWithinRates(session: MqttSession, throttle: Throttle, packet: Publish): boolean {
  const { qos, packetId } = packet;
  const redress = qos === 0 ? 'drop' : session.connection.version === 5 ? 'refuse' : 'close';
  const judgement = throttle.judge(bytesOf(packet), redress);
  if (judgement === 'admit') return true;
  if (judgement === 'close') session.close('rate-exceeded', throttle.why);
  else if (qos === 0) session.upstream.dropAboveRate();
  else session.refuse(qos, packetId, 'quota-exceeded', `faster than its limit: ${throttle.why}`);
  return false;
}

/** A PUBLISH that is refused for another reason has cost as much as any: it counts, and its device may have to wait. */
export function chargeRefused(session: MqttSession, packet: Publish): void {
  const { throttle } = session;
  if (throttle === undefined) return;
  if (throttle.judge(bytesOf(packet), packet.qos === 0 ? 'drop' : 'refuse') === 'close')
    session.close('rate-exceeded', throttle.why);
}

const bytesOf = ({ topicStart, topicEnd, payloadStart, payloadEnd }: Publish): number =>
  topicEnd - topicStart + payloadEnd - payloadStart;
