import { expect, test } from 'vitest';
import { brokenDeliveries } from './deliveries.ts';
import { Publisher, type Sent } from './publisher.ts';
import type { Received } from './subscriber.ts';

/** A publisher that had one message of each of these QoS acknowledged, each sent as often as told. */
function publisher(...rows: [qos: 0 | 1 | 2, times?: number][]): Publisher {
  const made = new Publisher(0, 'p');
  rows.forEach(([qos], index) => made.messages.push({ index, qos, packetId: index + 1, state: 'done' }));
  for (const life of [1, 2]) {
    const sent = made.messages.filter(({ index, qos }) => qos > 0 && (rows[index]?.[1] ?? 1) >= life);
    made.lives.push({ sent, repeated: new Set<Sent>(), acknowledged: new Set(sent) });
  }
  return made;
}

const got = (index: number, qos: 0 | 1 | 2, isRedelivery = false): Received => ({
  payload: `p:${index}:${qos}`,
  qos,
  packetId: index + 1,
  isDup: isRedelivery,
  isRetained: false,
  isRedelivery,
});

test.each<[string, Publisher, Received[], RegExp | undefined]>([
  ['everything once', publisher([1], [2]), [got(0, 1), got(1, 2)], undefined],
  ['QoS 0 missing', publisher([0], [2]), [got(1, 2)], undefined],
  ['QoS 1 delivered again', publisher([1], [1]), [got(0, 1), got(1, 1), got(0, 1, true)], undefined],
  ['QoS 1 sent twice', publisher([1, 2]), [got(0, 1), got(0, 1)], undefined],
  ['QoS 1 and 2 past each other', publisher([1], [2]), [got(1, 2), got(0, 1)], undefined],
  ['acknowledged and missing', publisher([1], [2]), [got(0, 1)], /message 1 was acknowledged/],
  ['out of order', publisher([1], [1]), [got(1, 1), got(0, 1)], /message 0 at QoS 1 came behind message 1/],
  ['QoS 1 sent once and come twice', publisher([1]), [got(0, 1), got(0, 1)], /message 0 at QoS 1 came 2/],
  ['QoS 2 twice', publisher([2, 2]), [got(0, 2), got(0, 2)], /message 0 at QoS 2 came 2 times/],
  ['QoS 0 twice', publisher([0]), [got(0, 0), got(0, 0)], /message 0 at QoS 0 came 2 times/],
])('judges what reached a subscriber: %s', (_, sender, received, fault) => {
  const broken = brokenDeliveries({ clientId: 's', received, faults: [] }, [sender]);
  if (fault === undefined) expect(broken).toEqual([]);
  else expect(broken.join()).toMatch(fault);
});
