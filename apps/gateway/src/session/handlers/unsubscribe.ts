import { encodeControl, type Unsubscribe } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const NO_SUBSCRIPTION_EXISTED = 0x11;

/** UNSUBSCRIBE (MQTT 5 section 3.10). UNSUBACK leaves once the session no longer has the filters. */
export function onUnsubscribe(session: MqttSession, packet: Unsubscribe): void {
  const { messageId, unsubscriptions } = packet.fields;
  const granted = unsubscriptions.map((filter) =>
    session.subscriptions.delete(filter) ? 0 : NO_SUBSCRIPTION_EXISTED,
  );
  const held = unsubscriptions.filter((_, i) => granted[i] === 0);
  const answer = encodeControl({ cmd: 'unsuback', messageId, granted }, session.connection.version);
  void forget(session, held, answer);
}

async function forget(session: MqttSession, removed: readonly string[], answer: Buffer): Promise<void> {
  if (removed.length > 0 && session.expiry > 0) {
    try {
      const refusal = await session.services.changeSubscriptions(session, new Map(), removed);
      if (refusal !== undefined) return session.close(refusal);
    } catch {
      return session.close('store-unavailable');
    }
  }
  session.connection.send(answer);
}
