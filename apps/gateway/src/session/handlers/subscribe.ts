import type { Subscribe } from '@tributary/protocol';
import { grant, hold, type Refusal, type Wish } from '../granting.ts';
import type { MqttSession } from '../mqtt-session.ts';
import { sayGranted } from '../problems.ts';

/** SUBACK codes of refusals (MQTT 5 table 3-8). */
const refusalCodes: Record<Refusal, number> = {
  'not-authorized': 0x87,
  'topic-filter-invalid': 0x8f,
  'quota-exceeded': 0x97,
  'shared-not-supported': 0x9e,
  'identifiers-not-supported': 0xa1,
  'wildcard-not-supported': 0xa2,
};
/** Unspecified error; the only refusal of 3.1.1. */
const UNSPECIFIED = 0x80;

/**
 * SUBSCRIBE (MQTT 5 section 3.8): each filter is granted or refused on its own. SUBACK leaves once the session has
 * the granted ones, in Redis where it outlives the connection; retained messages follow.
 */
export function onSubscribe(session: MqttSession, { fields }: Subscribe): void {
  const { connection, services } = session;
  const isV5 = connection.version === 5;
  const identifier = isV5 ? (fields.properties?.subscriptionIdentifier as number | undefined) : undefined;
  const wishes = fields.subscriptions.map(({ topic, qos, nl, rap, rh }): Wish => {
    const retainHandling = isV5 ? ((rh ?? 0) as 0 | 1 | 2) : 0;
    return {
      filter: topic,
      options: {
        qos,
        noLocal: isV5 && nl === true,
        retainAsPublished: isV5 && rap === true,
        retainHandling,
        identifier,
      },
    };
  });
  const grants = grant(session, wishes, services);
  const codes = grants.answers.map((answer) =>
    typeof answer === 'number' ? answer : codeOf(session, answer),
  );
  const problems = services.revealsDenials
    ? grants.answers.filter((answer) => typeof answer === 'string')
    : [];
  void hold(session, grants, services, () =>
    sayGranted(connection, 'suback', fields.messageId, codes, problems),
  );
}

function codeOf({ connection, services }: MqttSession, refusal: Refusal): number {
  const isHidden = refusal === 'not-authorized' && !services.revealsDenials;
  return connection.version !== 5 || isHidden ? UNSPECIFIED : refusalCodes[refusal];
}
