import { encodeMessageRecord, type StoredMessage } from '@tributary/backplane';
import { adviceOf, type CloseReason, type Connect, encodeControl } from '@tributary/protocol';
import { topicSafe } from '../../admission/substitution.ts';
import { resumeMethod, resumeMethodName } from '../../auth/resume/resume-method.ts';
import type { ResumeVisit } from '../../auth/resume/resume-visit.ts';
import type { MqttConnection, MqttHandler } from '../../connection/mqtt-connection.ts';
import { Authentication } from '../authentication.ts';
import { dispatch } from '../dispatch.ts';
import { mayComeBack, visitOfConnect } from './coming-back.ts';
import type { Greeting } from './greeting.ts';
import { messageProperties } from '../message-extras.ts';
import { MqttSession, type MqttSessionServices } from '../mqtt-session.ts';
import type { MqttOffers } from '../offers.ts';

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
  connection.wantsProblems = fields.properties?.requestProblemInformation !== false;
  const visit = isV5 ? visitOfConnect(packet, connection, services) : undefined;
  const authentication = authenticationOf(connection, packet, services, visit);
  return {
    introduction: {
      clientId: fields.clientId,
      user: fields.username,
      password: fields.password === undefined ? undefined : Buffer.from(fields.password),
      cleanStart,
      keepAliveSeconds: fields.keepalive ?? 0,
      canBeToldKeepAlive: isV5, // Server Keep Alive [MQTT-3.1.2-21]
      // 3.1.1 assigns an id to clean sessions only [MQTT-3.1.3-7], MQTT 5 to all.
      mayAssignId: isV5 || cleanStart,
    },
    tags: tagsOf(packet),
    // A 3.1.1 session that is not clean has no end of its own (3.1.1 section 3.1.2.4).
    sessionExpiry: isV5 ? (fields.properties?.sessionExpiryInterval ?? 0) : cleanStart ? 0 : NEVER,
    will: (clientId, now) => willRecord(packet, clientId, now),
    willTopic: packet.will?.topic,
    receiveMaximum: isV5 ? (fields.properties?.receiveMaximum ?? 0xffff) : 0xffff,

    visit,

    authenticate: (clientId) => authentication?.first(clientId, fields.properties?.authenticationData),

    refuse(reason: CloseReason): void {
      const { mqtt, connack3, connack5 = mqtt, says } = adviceOf(reason);
      if (isV5) {
        const refusal = { cmd: 'connack', sessionPresent: false, reasonCode: connack5 } as const;
        const properties = { reasonString: says, userProperties: { reason } };
        const worded = encodeControl({ ...refusal, properties }, 5);
        const fits = connection.wantsProblems && worded.length <= connection.peerMaxPacketBytes;
        connection.send(fits ? worded : encodeControl(refusal, 5));
      } else if (connack3 !== undefined) {
        connection.send(encodeControl({ cmd: 'connack', sessionPresent: false, returnCode: connack3 }, 4));
      }
    },

    createSession(start) {
      const session = new MqttSession(start, connection, services, {
        topicAliasMaximum: isV5 ? (fields.properties?.topicAliasMaximum ?? 0) : 0,
        authentication,
      });
      connection.handler = handlerOf(session);
      return session;
    },

    welcome(start, admitted, claim, resumeUntil) {
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
        ...offersLeftOut(services.offers),
        ...(fields.properties?.requestResponseInformation === true && services.responseInformation !== ''
          ? { responseInformation: responseInformation(services, admitted.clientId) }
          : {}),
        ...(admitted.isAssigned ? { assignedClientIdentifier: admitted.clientId } : {}),
        ...(admitted.keepAliveSeconds === (fields.keepalive ?? 0)
          ? {}
          : { serverKeepAlive: admitted.keepAliveSeconds }),
        ...(start.expiry === askedExpiry ? {} : { sessionExpiryInterval: start.expiry }),
        ...authentication?.connackProperties(), // [MQTT-4.12.0-5, -6]
      };
      const plain = { cmd: 'connack', sessionPresent, reasonCode: 0, properties } as const;
      const worded = resumeUntil === undefined ? undefined : withResume(plain, start.epoch, resumeUntil);
      const fits = worded !== undefined && worded.length <= connection.peerMaxPacketBytes; // [MQTT-3.2.2-20]
      connection.send(fits ? worded : encodeControl(plain, 5));
    },
  };
}

/** The CONNACK that says by which epoch the device may come back, and until when (docs/protocol.md, "Secure resume"). */
function withResume<P extends object>(
  connack: { cmd: 'connack'; sessionPresent: boolean; reasonCode: number; properties: P },
  epoch: number,
  until: number,
): Buffer {
  const userProperties = { 'resume-epoch': String(epoch), 'resume-until': String(until) };
  return encodeControl({ ...connack, properties: { ...connack.properties, userProperties } }, 5);
}

/** A client id stands in it as it may in a topic: it never forms a level or a wildcard. */
function responseInformation(services: MqttSessionServices, clientId: string): string {
  return services.responseInformation.replaceAll('${clientId}', () => topicSafe(clientId));
}

const tagPrefix = 'tag.';

/** User properties `tag.NAME`; of a name said more than once the last value counts. 3.1.1 has none. */
function tagsOf({ fields }: Connect): [string, unknown][] {
  const said = Object.entries(fields.properties?.userProperties ?? {});
  return said
    .filter(([name]) => name.startsWith(tagPrefix))
    .map(([name, value]) => [name.slice(tagPrefix.length), Array.isArray(value) ? value.at(-1) : value]);
}

/** What is not offered; what is, is not said (MQTT 5 section 3.2.2.3). */
function offersLeftOut(offers: MqttOffers): CapabilityProperties {
  const { maximumQos, retainAvailable, wildcardSubscriptionAvailable } = offers;
  return {
    ...(maximumQos === 2 ? {} : { maximumQoS: maximumQos }),
    ...(retainAvailable ? {} : { retainAvailable: false }),
    ...(wildcardSubscriptionAvailable ? {} : { wildcardSubscriptionAvailable: false }),
    ...(offers.subscriptionIdentifierAvailable ? {} : { subscriptionIdentifiersAvailable: false }),
    ...(offers.sharedSubscriptionAvailable ? {} : { sharedSubscriptionAvailable: false }),
  };
}

/** As `mqtt-packet` spells them. */
interface CapabilityProperties {
  maximumQoS?: number;
  retainAvailable?: boolean;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifiersAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
}

/** The will of a CONNECT as Redis keeps it, or undefined. Its expiry counts from when it is fired (section 3.1.3.2.4). */
function willRecord({ will }: Connect, clientId: string, now: number): Buffer | undefined {
  if (will === undefined) return undefined;
  const { topic, payload, qos, retain, delay, properties } = will;
  const message: StoredMessage = {
    topic,
    qos,
    retain,
    payload,
    ts: now,
    from: clientId,
    epoch: 0,
    seq: 0,
    expiresAt: undefined,
    contentType: properties?.contentType,
    props: properties === undefined ? undefined : messageProperties(properties),
  };
  return encodeMessageRecord(message, { delay });
}

/** Why a CONNECT cannot be taken up at all, or undefined. */
export function unsupportedConnect(
  { fields, will }: Connect,
  connection: MqttConnection,
  services: MqttSessionServices,
): CloseReason | undefined {
  const { offers, subscriptions, authMethods } = services;
  // [MQTT-3.2.2-12, -13]
  if (will !== undefined && will.qos > offers.maximumQos) return 'qos-not-supported';
  if (will?.retain === true && !offers.retainAvailable) return 'retain-not-supported';
  if (will !== undefined && subscriptions.isPublishDenied(Buffer.from(will.topic))) return 'not-authorized';
  // [MQTT-4.12.0-1]
  const method = fields.properties?.authenticationMethod;
  if (method === undefined || authMethods.has(method)) return undefined;
  return method === resumeMethodName && mayComeBack(services, connection) ? undefined : 'auth-method';
}

/** By the method CONNECT names, if any; one that nobody offers is refused before it is missed. */
function authenticationOf(
  connection: MqttConnection,
  { fields }: Connect,
  { authMethods }: MqttSessionServices,
  visit: ResumeVisit | undefined,
): Authentication | undefined {
  const name = fields.properties?.authenticationMethod;
  if (name === undefined) return undefined;
  const method = name === resumeMethodName && visit ? resumeMethod(visit) : authMethods.get(name);
  return method === undefined ? undefined : new Authentication(connection, name, method);
}

/** Made here and not above, where it would keep the whole CONNECT for as long as the connection lives. */
function handlerOf(session: MqttSession): MqttHandler {
  return { onConnect: notAgain, onPacket: (packet) => dispatch(session, packet) };
}

/** The connection refuses a second CONNECT itself [MQTT-3.1.0-2]. */
function notAgain(): never {
  throw new Error('CONNECT after CONNECT');
}
