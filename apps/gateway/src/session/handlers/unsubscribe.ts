import { topicFilterFault, type Unsubscribe } from '@tributary/protocol';
import { letGo } from '../granting.ts';
import type { MqttSession } from '../mqtt-session.ts';
import { sayGranted } from '../problems.ts';

const NO_SUBSCRIPTION_EXISTED = 0x11;
const TOPIC_FILTER_INVALID = 0x8f;

/** UNSUBSCRIBE (MQTT 5 section 3.10). UNSUBACK leaves once the session no longer has the filters. */
export function onUnsubscribe(session: MqttSession, packet: Unsubscribe): void {
  const { messageId, unsubscriptions } = packet.fields;
  const { connection, services, subscriptions } = session;
  const removed = new Set<string>();
  const granted = unsubscriptions.map((filter) => {
    if (topicFilterFault(filter, services.limits) !== undefined) return TOPIC_FILTER_INVALID;
    if (!subscriptions.has(filter) || removed.has(filter)) return NO_SUBSCRIPTION_EXISTED;
    removed.add(filter);
    return 0;
  });
  const problems = granted.includes(TOPIC_FILTER_INVALID) ? ['topic-filter-invalid'] : [];
  void letGo(session, [...removed], services, () =>
    sayGranted(connection, 'unsuback', messageId, granted, problems),
  );
}
