import type { Publisher } from './publisher.ts';
import type { Received, Subscriber } from './subscriber.ts';

export interface DeliveryRules {
  /** Redis may have been asked twice to queue a message at QoS 1, so it may come twice without being sent twice. */
  mayDoubleQos1?: boolean;
  /** Redis refused one message in the midst of others: it is repeated behind them. */
  mayDisorder?: boolean;
}

interface Delivered extends Received {
  index: number;
}

const sentTimes = ({ lives }: Publisher, index: number): number =>
  lives.filter(({ sent }) => sent.some((message) => message.index === index)).length;

/** What reached a subscriber of a publisher, in order of arrival. */
function deliveredOf(publisher: Publisher, received: readonly Received[]): Delivered[] {
  const prefix = `${publisher.clientId}:`;
  return received
    .filter(({ payload }) => payload.startsWith(prefix))
    .map((one) => ({ ...one, index: Number(one.payload.split(':')[1]) }));
}

/** Messages above QoS 0 that were acknowledged to their publisher and did not come. */
export function missing(publisher: Publisher, received: readonly Received[]): number[] {
  const came = new Set(deliveredOf(publisher, received).map(({ index }) => index));
  return publisher.acknowledged.filter(({ index }) => !came.has(index)).map(({ index }) => index);
}

/** For each QoS, what came first of each message stands in the order it was published [MQTT-4.6.0-5]. */
function disordered(delivered: readonly Delivered[], qosOf: (index: number) => number): string[] {
  const faults: string[] = [];
  const highest = [-1, -1, -1];
  const seen = new Set<number>();
  for (const { index } of delivered) {
    if (seen.has(index)) continue;
    seen.add(index);
    const qos = qosOf(index);
    const before = highest[qos] ?? -1;
    if (index < before) faults.push(`message ${index} at QoS ${qos} came behind message ${before}`);
    highest[qos] = Math.max(before, index);
  }
  return faults;
}

/** QoS 0 at most once, QoS 2 once, QoS 1 as often as it was sent, redeliveries aside. */
function doubled(publisher: Publisher, delivered: readonly Delivered[], rules: DeliveryRules): string[] {
  const times = new Map<number, number>();
  for (const { index, isRedelivery } of delivered)
    if (!isRedelivery) times.set(index, (times.get(index) ?? 0) + 1);
  return [...times]
    .filter(([index, count]) => {
      const qos = publisher.messages[index]?.qos;
      if (qos !== 1) return count > 1;
      return rules.mayDoubleQos1 !== true && count > sentTimes(publisher, index);
    })
    .map(([index, count]) => `message ${index} at QoS ${publisher.messages[index]?.qos} came ${count} times`);
}

/** What breaks a promise to a persistent subscriber of all these publishers, in words; empty when all hold. */
export function brokenDeliveries(
  subscriber: Pick<Subscriber, 'clientId' | 'received' | 'faults'>,
  publishers: readonly Publisher[],
  rules: DeliveryRules = {},
): string[] {
  const { clientId, received, faults } = subscriber;
  const ofPublishers = publishers.flatMap((publisher) => {
    const delivered = deliveredOf(publisher, received);
    return [
      ...missing(publisher, received).map((index) => `message ${index} was acknowledged and did not come`),
      ...(rules.mayDisorder === true
        ? []
        : disordered(delivered, (index) => publisher.messages[index]?.qos ?? 0)),
      ...doubled(publisher, delivered, rules),
    ].map((fault) => `from ${publisher.clientId}: ${fault}`);
  });
  return [...faults, ...ofPublishers].map((fault) => `${clientId} ${fault}`);
}
