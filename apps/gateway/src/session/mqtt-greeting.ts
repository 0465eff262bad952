import { adviceOf, type CloseReason, type Connect, encodeControl } from '@tributary/protocol';
import type { MqttConnection, MqttHandler } from '../connection/mqtt-connection.ts';
import { dispatch } from './dispatch.ts';
import type { Greeting } from './handshake.ts';
import { MqttSession, type MqttSessionServices } from './mqtt-session.ts';

const NEVER = 0xffff_ffff;

/** CONNECT and CONNACK (MQTT 5 sections 3.1, 3.2). */
export function mqttGreeting(
  connection: MqttConnection,
  packet: Connect,
  services: MqttSessionServices,
): Greeting {
  const { fields, version } = packet;
  const isV5 = version === 5;
  const cleanStart = fields.clean ?? true;
  connection.peerMaxPacketBytes = fields.properties?.maximumPacketSize ?? Infinity;
  return {
    introduction: {
      clientId: fields.clientId,
      user: fields.username,
      password: fields.password,
      cleanStart,
      keepAliveSeconds: fields.keepalive ?? 0,
      canBeToldKeepAlive: isV5, // Server Keep Alive [MQTT-3.1.2-21]
      // 3.1.1 assigns an id to clean sessions only [MQTT-3.1.3-7], MQTT 5 to all.
      mayAssignId: isV5 || cleanStart,
    },
    // A 3.1.1 session that is not clean has no end of its own (3.1.1 section 3.1.2.4).
    sessionExpiry: isV5 ? (fields.properties?.sessionExpiryInterval ?? 0) : cleanStart ? 0 : NEVER,

    refuse(reason: CloseReason): void {
      const { mqtt, connack3, connack5 = mqtt } = adviceOf(reason);
      if (isV5) {
        connection.send(encodeControl({ cmd: 'connack', sessionPresent: false, reasonCode: connack5 }, 5));
      } else if (connack3 !== undefined) {
        connection.send(encodeControl({ cmd: 'connack', sessionPresent: false, returnCode: connack3 }, 4));
      }
    },

    createSession(start) {
      const session = new MqttSession(start, connection, services);
      connection.handler = handlerOf(session);
      return session;
    },

    welcome(start, admitted, claim) {
      const { sessionPresent } = claim;
      if (!isV5) {
        connection.send(encodeControl({ cmd: 'connack', sessionPresent, returnCode: 0 }, 4));
        return;
      }
      const askedExpiry = fields.properties?.sessionExpiryInterval ?? 0;
      const properties = {
        receiveMaximum: start.window,
        maximumPacketSize: services.limits.maxPacketBytes,
        topicAliasMaximum: services.limits.maxTopicAliases,
        sharedSubscriptionAvailable: false,
        ...(admitted.isAssigned ? { assignedClientIdentifier: admitted.clientId } : {}),
        ...(admitted.keepAliveSeconds === (fields.keepalive ?? 0)
          ? {}
          : { serverKeepAlive: admitted.keepAliveSeconds }),
        ...(start.expiry === askedExpiry ? {} : { sessionExpiryInterval: start.expiry }),
      };
      connection.send(encodeControl({ cmd: 'connack', sessionPresent, reasonCode: 0, properties }, 5));
    },
  };
}

/** Why a CONNECT cannot be taken up at all, or undefined. */
export function unsupportedConnect(packet: Connect): CloseReason | undefined {
  // Enhanced authentication has no method to offer yet [MQTT-4.12.0-1].
  return packet.fields.properties?.authenticationMethod === undefined ? undefined : 'auth-method';
}

/** Made here and not above, where it would keep the whole CONNECT for as long as the connection lives. */
function handlerOf(session: MqttSession): MqttHandler {
  return { onConnect: notAgain, onPacket: (packet) => dispatch(session, packet) };
}

/** The connection refuses a second CONNECT itself [MQTT-3.1.0-2]. */
function notAgain(): never {
  throw new Error('CONNECT after CONNECT');
}
