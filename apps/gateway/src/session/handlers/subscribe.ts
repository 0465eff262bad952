import { encodeControl, parseSharedFilter, type Subscribe, topicFilterFault } from '@tributary/protocol';
import type { SubscriptionOptions } from '../../routing/routes.ts';
import type { MqttSession } from '../mqtt-session.ts';

const SubackCode = {
  UNSPECIFIED: 0x80,
  NOT_AUTHORIZED: 0x87,
  TOPIC_FILTER_INVALID: 0x8f,
  QUOTA_EXCEEDED: 0x97,
  SHARED_NOT_SUPPORTED: 0x9e,
  IDENTIFIERS_NOT_SUPPORTED: 0xa1,
  WILDCARDS_NOT_SUPPORTED: 0xa2,
} as const;

/** A filter that was granted, and whether the session had it before. */
interface Granted {
  readonly options: SubscriptionOptions;
  readonly isNew: boolean;
}

/**
 * SUBSCRIBE (MQTT 5 section 3.8): each filter is granted or refused on its own. SUBACK leaves once the session has
 * the granted ones, in Redis where it outlives the connection; retained messages follow.
 */
export function onSubscribe(session: MqttSession, packet: Subscribe): void {
  const { fields } = packet;
  const { connection, services } = session;
  const isV5 = connection.version === 5;
  const codes: number[] = [];
  const granted = new Map<string, Granted>();
  let room = services.limits.maxSubscriptions - session.subscriptions.size;
  const identifier = isV5 ? fields.properties?.subscriptionIdentifier : undefined;
  for (const wish of fields.subscriptions) {
    const filter = wish.topic;
    const isNew = !session.subscriptions.has(filter) && !granted.has(filter);
    const refusal = refusalOf(session, filter, identifier !== undefined, isNew && room <= 0);
    if (refusal !== undefined) {
      codes.push(isV5 ? refusal : SubackCode.UNSPECIFIED);
      continue;
    }
    const qos = Math.min(wish.qos, services.offers.maximumQos) as 0 | 1 | 2;
    if (isNew) room--;
    codes.push(qos);
    granted.set(filter, {
      isNew,
      options: {
        qos,
        noLocal: isV5 && wish.nl === true,
        retainAsPublished: isV5 && wish.rap === true,
        retainHandling: isV5 ? ((wish.rh ?? 0) as 0 | 1 | 2) : 0,
        identifier: identifier as number | undefined,
      },
    });
  }
  const answer = { cmd: 'suback', messageId: fields.messageId, granted: codes } as const;
  void keep(session, granted, encodeControl(answer, connection.version));
}

function refusalOf(
  session: MqttSession,
  filter: string,
  hasIdentifier: boolean,
  isOneTooMany: boolean,
): number | undefined {
  const { services } = session;
  const { offers, subscriptions, limits, deniedCode } = services;
  if (topicFilterFault(filter, limits) !== undefined) return SubackCode.TOPIC_FILTER_INVALID;
  const shared = parseSharedFilter(filter);
  if (shared !== undefined && !offers.sharedSubscriptionAvailable) return SubackCode.SHARED_NOT_SUPPORTED;
  if (!offers.wildcardSubscriptionAvailable && /[+#]/.test(filter)) return SubackCode.WILDCARDS_NOT_SUPPORTED;
  // A code of its own, where a protocol error would be allowed too (section 3.2.2.3.12).
  if (hasIdentifier && !offers.subscriptionIdentifierAvailable) return SubackCode.IDENTIFIERS_NOT_SUPPORTED;
  if (subscriptions.isDenied(shared?.filter ?? filter)) return deniedCode;
  return isOneTooMany ? SubackCode.QUOTA_EXCEEDED : undefined;
}

/** Answers after Redis did; without Redis the connection ends, so that the device asks again. */
async function keep(
  session: MqttSession,
  granted: ReadonlyMap<string, Granted>,
  answer: Buffer,
): Promise<void> {
  const { subscriptions } = session.services;
  const options = new Map([...granted].map(([filter, { options: wanted }]) => [filter, wanted]));
  try {
    const refusal = await subscriptions.change(session, options, []);
    if (refusal !== undefined) return session.close(refusal);
  } catch {
    return session.close('store-unavailable');
  }
  session.connection.send(answer);
  if (session.endedBy !== undefined || !session.services.offers.retainAvailable) return;
  for (const [filter, { options: wanted, isNew }] of granted) sendRetained(session, filter, wanted, isNew);
}

/** Which subscriptions get retained messages [MQTT-3.3.1-9, -10, -11]; shared ones get none (section 4.8.2). */
export function sendRetained(
  session: Pick<MqttSession, 'downstream' | 'services'>,
  filter: string,
  options: SubscriptionOptions,
  isNew: boolean,
): void {
  const { retainHandling } = options;
  if (retainHandling === 2 || (retainHandling === 1 && !isNew)) return;
  if (parseSharedFilter(filter) !== undefined || !session.services.hasRetained(filter)) return;
  session.downstream.sendRetained(filter, options);
}
