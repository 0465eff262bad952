import { type CloseReason, type Disconnect, ProtocolError } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

const WITH_WILL = 0x04;

/** DISCONNECT (MQTT 5 section 3.14): the device leaves, and may change how long its session stays. */
export function onDisconnect(session: MqttSession, packet: Disconnect): void {
  const expiry = packet.fields.properties?.sessionExpiryInterval;
  if (expiry !== undefined) {
    // A session that was to end with its connection cannot be made to stay [MQTT-3.14.2-2].
    if (session.expiry === 0 && expiry !== 0)
      throw new ProtocolError('protocol-error', 'session expiry raised from 0');
    session.expiry = Math.min(expiry, session.services.maxExpirySeconds);
    session.hasChangedExpiry = true;
  }
  session.close(reasonOf(packet.fields.reasonCode ?? 0));
}

function reasonOf(code: number): CloseReason {
  if (code === 0) return 'normal';
  return code === WITH_WILL ? 'normal-with-will' : 'device-error';
}
