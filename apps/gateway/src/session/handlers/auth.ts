import { type Auth, ProtocolError } from '@tributary/protocol';
import type { MqttSession } from '../mqtt-session.ts';

/** AUTH (MQTT 5 section 4.12.1): the device authenticates again, by the method its CONNECT named. */
export function onAuth(session: MqttSession, packet: Auth): void {
  if (session.authentication === undefined)
    throw new ProtocolError('protocol-error', 'AUTH without an authentication method'); // [MQTT-4.12.0-7]
  session.authentication.again(packet);
}
