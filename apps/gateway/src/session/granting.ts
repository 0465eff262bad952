import type { ThrottleNote, ThrottleSubject } from '../admission/throttle-note.ts';
import { type CodecLimits, parseSharedFilter, topicFilterFault } from '@tributary/protocol';
import type { SubscriptionOptions } from '../routing/routes.ts';
import type { AccessControl } from './access-control.ts';
import type { MqttOffers } from './offers.ts';
import type { Session } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What granting a subscription needs to know, whatever the protocol that asks. */
export interface GrantingServices {
  readonly limits: CodecLimits & { readonly maxSubscriptions: number };
  readonly offers: MqttOffers;
  readonly subscriptions: Subscriptions;
  readonly access: Pick<AccessControl, 'denied' | 'closesDenied'>;
  /** Whether there are any retained messages. */
  readonly hasRetained: () => boolean;
  /** A limit was met. */
  readonly onThrottled: (note: ThrottleNote, subject: ThrottleSubject) => void;
}

const tooManySubscriptions: ThrottleNote = {
  scope: 'device',
  reason: 'subscriptions',
  rule: 'limits.maxSubscriptions',
  action: 'refuse',
  isObserved: false,
};

/** Why a filter is not granted; each protocol has its own code for it. */
export type Refusal =
  | 'topic-filter-invalid'
  | 'shared-not-supported'
  | 'wildcard-not-supported'
  | 'identifiers-not-supported'
  | 'not-authorized'
  | 'quota-exceeded';

export interface Wish {
  readonly filter: string;
  readonly options: SubscriptionOptions;
}

/** Answers in the order of the wishes, and what was granted; of the same filter twice the later holds [MQTT-3.8.4-3]. */
export interface Grants {
  readonly answers: readonly (0 | 1 | 2 | Refusal)[];
  readonly granted: ReadonlyMap<string, { readonly options: SubscriptionOptions; readonly isNew: boolean }>;
}

/** Decides each filter of a SUBSCRIBE or `subscribe` on its own (MQTT 5 section 3.8.4). */
export function grant(
  session: Session,
  wishes: readonly Wish[],
  { limits, offers, subscriptions, access, onThrottled }: GrantingServices,
): Grants {
  const answers: (0 | 1 | 2 | Refusal)[] = [];
  const granted = new Map<string, { options: SubscriptionOptions; isNew: boolean }>();
  let room = limits.maxSubscriptions - session.subscriptions.size;
  for (const { filter, options } of wishes) {
    const isNew = !session.subscriptions.has(filter);
    const needsRoom = isNew && !granted.has(filter);
    const refusal =
      refusalOf(filter, options, offers, subscriptions, limits) ??
      (isAllowed(session, filter) ? undefined : 'not-authorized') ??
      (needsRoom && room <= 0 ? 'quota-exceeded' : undefined);
    if (refusal !== undefined) {
      if (refusal === 'not-authorized') access.denied(session, 'subscribe', filter);
      if (refusal === 'quota-exceeded') onThrottled(tooManySubscriptions, session.subject);
      answers.push(refusal);
      continue;
    }
    if (needsRoom) room--;
    const qos = Math.min(options.qos, offers.maximumQos) as 0 | 1 | 2;
    granted.set(filter, { isNew, options: { ...options, qos } });
    answers.push(qos);
  }
  return { answers, granted };
}

function refusalOf(
  filter: string,
  { identifier }: SubscriptionOptions,
  offers: MqttOffers,
  subscriptions: Subscriptions,
  limits: CodecLimits,
): Refusal | undefined {
  if (topicFilterFault(filter, limits) !== undefined) return 'topic-filter-invalid';
  const shared = parseSharedFilter(filter);
  if (shared !== undefined && !offers.sharedSubscriptionAvailable) return 'shared-not-supported';
  if (!offers.wildcardSubscriptionAvailable && /[+#]/.test(filter)) return 'wildcard-not-supported';
  if (identifier !== undefined && !offers.subscriptionIdentifierAvailable) return 'identifiers-not-supported';
  return subscriptions.isDenied(shared?.filter ?? filter) ? 'not-authorized' : undefined;
}

/** By the rules for each device; those for all have been asked. */
function isAllowed({ acl }: Session, filter: string): boolean {
  return acl === undefined || acl.maySubscribe(parseSharedFilter(filter)?.filter ?? filter);
}

/**
 * Makes granted subscriptions hold, says so by `answer` once Redis has what outlives the connection, and sends the
 * retained messages they ask for. Without Redis the connection ends, so that the device asks again.
 */
export async function hold(
  session: Session,
  { granted }: Grants,
  services: GrantingServices,
  answer: () => void,
): Promise<void> {
  const options = new Map([...granted].map(([filter, { options: wanted }]) => [filter, wanted]));
  if (!(await change(session, options, [], services))) return;
  answer();
  if (!session.isOpen || !services.offers.retainAvailable) return;
  for (const [filter, { options: wanted, isNew }] of granted) {
    if (wantsRetained(filter, wanted, isNew) && services.hasRetained())
      session.downstream.sendRetained(filter, wanted);
  }
}

/** Ends subscriptions, and says so by `answer` once Redis has forgotten them too. */
export async function letGo(
  session: Session,
  removed: readonly string[],
  services: GrantingServices,
  answer: () => void,
): Promise<void> {
  for (const filter of removed) session.openDownstream?.unsubscribed(filter);
  if (await change(session, new Map(), removed, services)) answer();
}

/** @returns whether the connection goes on */
async function change(
  session: Session,
  added: ReadonlyMap<string, SubscriptionOptions>,
  removed: readonly string[],
  { subscriptions }: GrantingServices,
): Promise<boolean> {
  session.changeBegins();
  try {
    const refusal = await subscriptions.change(session, added, removed);
    if (refusal === undefined) return true;
    session.close(refusal);
  } catch {
    session.close('store-unavailable');
  } finally {
    session.changeEnds();
  }
  return false;
}

/** Which subscriptions get retained messages [MQTT-3.3.1-9, -10, -11]; shared ones get none (section 4.8.2). */
function wantsRetained(filter: string, { retainHandling }: SubscriptionOptions, isNew: boolean): boolean {
  if (retainHandling === 2 || (retainHandling === 1 && !isNew)) return false;
  return parseSharedFilter(filter) === undefined;
}
