import { encodeControl, type Subscribe, topicFilterFault } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const SubackCode = {
  UNSPECIFIED: 0x80,
  TOPIC_FILTER_INVALID: 0x8f,
  QUOTA_EXCEEDED: 0x97,
  SHARED_NOT_SUPPORTED: 0x9e,
} as const;

/**
 * SUBSCRIBE (MQTT 5 section 3.8): each filter is granted or refused on its own. SUBACK leaves once the session has
 * the granted ones, in Redis where it outlives the connection.
 */
export function onSubscribe(session: MqttSession, packet: Subscribe): void {
  const { fields } = packet;
  const isV5 = session.connection.version === 5;
  const granted: number[] = [];
  const added = new Map<string, string>();
  let room = session.services.limits.maxSubscriptions - session.subscriptions.size;
  for (const { topic, qos, nl, rap, rh } of fields.subscriptions) {
    const isNew = !session.subscriptions.has(topic) && !added.has(topic);
    const refusal = refusalOf(session, topic, isNew && room <= 0);
    if (refusal !== undefined) {
      granted.push(isV5 ? refusal : SubackCode.UNSPECIFIED);
      continue;
    }
    granted.push(qos);
    if (isNew) room--;
    const identifier = fields.properties?.subscriptionIdentifier;
    added.set(topic, JSON.stringify({ qos, ...(isV5 ? { nl, rap, rh, identifier } : {}) }));
  }
  const answer = encodeControl(
    { cmd: 'suback', messageId: fields.messageId, granted },
    session.connection.version,
  );
  for (const [filter, options] of added) session.subscriptions.set(filter, options);
  void keep(session, added, answer);
}

function refusalOf(session: MqttSession, filter: string, isOneTooMany: boolean): number | undefined {
  if (filter.startsWith('$share/')) return SubackCode.SHARED_NOT_SUPPORTED;
  if (topicFilterFault(filter, session.services.limits) !== undefined) return SubackCode.TOPIC_FILTER_INVALID;
  return isOneTooMany ? SubackCode.QUOTA_EXCEEDED : undefined;
}

/** Answers after Redis did; without Redis the connection ends, so that the device asks again. */
async function keep(session: MqttSession, added: ReadonlyMap<string, string>, answer: Buffer): Promise<void> {
  if (added.size > 0 && session.expiry > 0) {
    try {
      const refusal = await session.services.changeSubscriptions(session, added, []);
      if (refusal !== undefined) return session.close(refusal);
    } catch {
      return session.close('store-unavailable');
    }
  }
  session.connection.send(answer);
}
