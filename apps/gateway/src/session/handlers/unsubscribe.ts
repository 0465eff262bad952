import { encodeControl, type Unsubscribe } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const NO_SUBSCRIPTION_EXISTED = 0x11;

/** UNSUBSCRIBE (MQTT 5 section 3.10). UNSUBACK leaves once the session no longer has the filters. */
export function onUnsubscribe(session: MqttSession, packet: Unsubscribe): void {
  const { messageId, unsubscriptions } = packet.fields;
  const granted = unsubscriptions.map((filter) =>
    session.subscriptions.delete(filter) ? 0 : NO_SUBSCRIPTION_EXISTED,
  );
  const answer = encodeControl({ cmd: 'unsuback', messageId, granted }, session.connection.version);
  void forget(session, unsubscriptions, answer);
}

async function forget(session: MqttSession, removed: readonly string[], answer: Buffer): Promise<void> {
  if (session.expiry > 0) {
    try {
      if (!(await session.services.changeSubscriptions(session, new Map(), removed)))
        return session.close('superseded');
    } catch {
      return session.close('store-unavailable');
    }
  }
  session.connection.send(answer);
}
