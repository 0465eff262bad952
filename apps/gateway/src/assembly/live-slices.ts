import type { GatewayConfig } from '../config/config.ts';
import type { HandshakeServices } from '../session/handshake/services.ts';
import type { MqttSessionServices } from '../session/mqtt-session.ts';

type HandshakeSlice = Pick<HandshakeServices, 'limits' | 'maxExpirySeconds' | 'window' | 'deliveryWindow'>;

/** What of the handshake follows the configuration, for devices that come from now on. */
export function handshakeSlice({ limits, sessions }: GatewayConfig): HandshakeSlice {
  return {
    limits,
    maxExpirySeconds: sessions.maxExpirySeconds,
    window: limits.maxInflightUp,
    deliveryWindow: limits.maxInflightDown,
  };
}

type SessionSlice = Pick<
  MqttSessionServices,
  'limits' | 'maxExpirySeconds' | 'offers' | 'responseInformation' | 'revealsDenials'
>;

/** What of a session follows the configuration, for sessions that begin from now on. */
export function sessionSlice({ limits, sessions, mqtt, access }: GatewayConfig): SessionSlice {
  return {
    limits,
    maxExpirySeconds: sessions.maxExpirySeconds,
    offers: mqtt,
    responseInformation: mqtt.responseInformation,
    revealsDenials: access.refusal === 'not-authorized',
  };
}
