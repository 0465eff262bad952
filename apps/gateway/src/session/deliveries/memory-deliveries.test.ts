import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../routing/delivery.ts';
import { deliveryOf } from '../../testing/messages.ts';
import { RecipientDesk } from '../../testing/recipient.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import type { QueueBounds } from './outgoing.ts';

const roomy: QueueBounds = { maxMessages: 100, maxBytes: 100_000, maxAgeMs: 60_000, policy: 'drop-oldest' };
/** Of a message of `a/b` beside its payload. */
const overheadBytes = 67;

let device: RecipientDesk;
let deliveries: MemoryDeliveries;
let handedOver: Delivery[];

const start = (bounds: Partial<QueueBounds> = {}, window = 3): void => {
  device = new RecipientDesk();
  device.window = window;
  handedOver = [];
  const handOver = (delivery: Delivery): void => void handedOver.push(delivery);
  deliveries = new MemoryDeliveries(device, { ...roomy, ...bounds }, handOver);
};
beforeEach(() => start());

const deliver = (...payloads: string[]): void => {
  for (const payload of payloads) deliveries.deliver(deliveryOf(payload));
};
const deliverTwice = (...payloads: string[]): void => {
  for (const payload of payloads) deliveries.deliver(deliveryOf(payload, { qos: 2 }));
};
const acknowledge = (packetId: number, reasonCode = 0): void =>
  deliveries.acknowledged({ packetId, reasonCode });
const receive = (packetId: number, reasonCode = 0): boolean => deliveries.received({ packetId, reasonCode });
const complete = (packetId: number): void => deliveries.completed({ packetId, reasonCode: 0 });
const payloads = (these: readonly Delivery[]): string[] =>
  these.map(({ message }) => message.payload.toString());

describe('the window', () => {
  test('lets no more go unacknowledged than the device takes, and the rest in order as it acknowledges', () => {
    deliver('a', 'b', 'c', 'd', 'e');
    expect(device.heard()).toEqual(['1 a', '2 b', '3 c']);
    expect([deliveries.inflight, deliveries.waiting, deliveries.isIdle]).toEqual([3, 2, false]);
    acknowledge(2);
    expect(device.heard()).toEqual(['4 d']);
    acknowledge(1);
    expect(device.heard()).toEqual(['5 e']);
    for (const packetId of [3, 4, 5]) acknowledge(packetId);
    expect([deliveries.inflight, deliveries.waiting, deliveries.isIdle]).toEqual([0, 0, true]);
    expect(device.counters.delivered).toBe(5);
    expect(device.counters.messagesOut).toEqual([0, 5, 0]);
  });

  test('is held by QoS 2 until PUBCOMP', () => {
    start({}, 1);
    deliverTwice('a', 'b');
    expect(device.heard()).toEqual(['1 a']);
    expect(receive(1)).toBe(true);
    expect(device.heard()).toEqual(['release 1']);
    complete(1);
    expect(device.heard()).toEqual(['2 b']);
  });

  test('is closed while the socket takes no more', () => {
    device.isFull = true;
    deliver('a');
    expect([device.heard(), deliveries.waiting]).toEqual([[], 1]);
    device.isFull = false;
    deliver('b');
    // What came first goes first: nothing overtakes what waits.
    expect(device.heard()).toEqual([]);
    deliveries.pump();
    expect(device.heard()).toEqual(['1 a', '2 b']);
  });

  test('has room again before onRoom is called', () => {
    const rooms: boolean[] = [];
    deliveries.onRoom = () => void rooms.push(deliveries.isIdle);
    deliver('a', 'b', 'c', 'd');
    acknowledge(1);
    acknowledge(2);
    expect(rooms).toEqual([false, true]);
  });
});

describe('packet ids', () => {
  test('begin at 1 and wrap after 65535, never 0', () => {
    start({}, 1);
    for (let n = 1; n <= 65_535; n++) {
      deliver('x');
      acknowledge(n);
    }
    device.heard();
    deliver('first again');
    expect(device.heard()).toEqual(['1 first again']);
  });

  test('pass over those that are still in use [MQTT-2.2.1-4]', () => {
    start({}, 5);
    deliver('kept', 'x', 'also kept');
    acknowledge(2);
    for (let n = 4; n <= 65_535; n++) {
      deliver('x');
      acknowledge(n);
    }
    device.heard();
    deliver('y', 'z');
    expect(device.heard()).toEqual(['2 y', '4 z']);
  });
});

describe('an acknowledgement', () => {
  test('that fits nothing changes nothing', () => {
    deliver('a');
    deliverTwice('b');
    acknowledge(9);
    acknowledge(2); // PUBACK for a QoS 2 message
    expect(receive(1)).toBe(false); // PUBREC for a QoS 1 message
    expect(receive(9)).toBe(false);
    complete(1);
    complete(2); // PUBCOMP before PUBREC
    expect(deliveries.inflight).toBe(2);
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect(device.counters.delivered).toBe(0);
  });

  test('that comes twice counts once', () => {
    deliver('a');
    acknowledge(1);
    acknowledge(1);
    deliverTwice('b');
    receive(2);
    receive(2);
    complete(2);
    complete(2);
    expect(device.heard()).toEqual(['1 a', '2 b', 'release 2', 'release 2']);
    expect(device.counters.delivered).toBe(2);
  });

  test('with a reason of 0x80 and above ends the delivery, at QoS 2 without PUBREL [MQTT-4.3.3-4]', () => {
    deliver('a');
    deliverTwice('b');
    acknowledge(1, 0x97);
    expect(receive(2, 0x80)).toBe(true);
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect(deliveries.inflight).toBe(0);
    expect([device.counters.undelivered.refused, device.counters.delivered]).toEqual([2, 0]);
  });

  test('of a protocol that acknowledges once ends a delivery of any QoS, and that of another id nothing', () => {
    deliver('a');
    deliverTwice('b');
    for (const packetId of [9, 2, 1]) deliveries.finished({ packetId, reasonCode: 0 });
    expect(device.heard()).toEqual(['1 a', '2 b']);
    expect([deliveries.inflight, device.counters.delivered]).toEqual([0, 2]);
  });
});

describe('what is not sent', () => {
  test('has expired while it waited [MQTT-3.3.2-5]', () => {
    start({}, 1);
    deliver('a');
    deliveries.deliver(deliveryOf('late', {}, { expiresAt: device.nowMs + 1000 }));
    deliveries.deliver(deliveryOf('later', {}, { expiresAt: device.nowMs + 5000 }));
    device.nowMs += 1000;
    acknowledge(1);
    expect(device.heard()).toEqual(['1 a', '2 later']);
    expect(device.counters.undelivered.expired).toBe(1);
  });

  test('is larger than the device takes, and holds nothing behind it up [MQTT-3.1.2-25]', () => {
    start({}, 1);
    device.tooLarge.add('large');
    deliver('large', 'a', 'large', 'b');
    expect(device.heard()).toHaveLength(1);
    acknowledge(2);
    expect(deliveries.inflight).toBe(1);
    expect(device.counters.undelivered['too-large']).toBe(2);
  });
});

describe('when too much waits', () => {
  test.each([
    ['messages', { maxMessages: 2 }],
    ['bytes', { maxBytes: 2 * (overheadBytes + 1) }],
  ])('by number of %s, the oldest goes', (_, bounds) => {
    start(bounds, 1);
    deliver('a', 'b', 'c', 'd', 'e');
    expect(deliveries.waiting).toBe(2);
    for (const packetId of [1, 2, 3]) acknowledge(packetId);
    expect(device.heard()).toEqual(['1 a', '2 d', '3 e']);
    expect(device.counters.undelivered['queue-full']).toBe(2);
  });

  test.each([
    ['messages', { maxMessages: 2 }],
    ['bytes', { maxBytes: 2 * (overheadBytes + 1) }],
  ])('by number of %s, the new one goes where the policy says so', (_, bounds) => {
    start({ ...bounds, policy: 'reject' }, 1);
    deliver('a', 'b', 'c', 'd', 'e');
    for (const packetId of [1, 2, 3]) acknowledge(packetId);
    expect(device.heard()).toEqual(['1 a', '2 b', '3 c']);
    expect(device.counters.undelivered['queue-full']).toBe(2);
  });

  test.each(['drop-oldest', 'reject'] as const)(
    'one message that is larger than all that may wait drives out nothing (%s)',
    (policy) => {
      start({ maxBytes: 300, policy }, 1);
      deliver('a', 'b', 'x'.repeat(300), 'c');
      for (const packetId of [1, 2, 3]) acknowledge(packetId);
      expect(device.heard()).toEqual(['1 a', '2 b', '3 c']);
      expect(device.counters.undelivered['queue-full']).toBe(1);
    },
  );

  test('what went no longer counts, however long it goes on', () => {
    start({ maxMessages: 10, maxBytes: 10 * (overheadBytes + 4) }, 1);
    for (let n = 0; n < 1000; n++) deliver(String(1000 + n));
    for (let n = 1; n <= 11; n++) acknowledge(n);
    expect(device.heard().map((line) => line.split(' ')[1])).toEqual([
      '1000',
      ...Array.from({ length: 10 }, (_, n) => String(1990 + n)),
    ]);
    expect(device.counters.undelivered['queue-full']).toBe(989);
  });
});

describe('when the connection ends', () => {
  test('hands over what is unacknowledged at QoS 1 and what waits, not what may be with the device at QoS 2', () => {
    start({}, 2);
    deliver('a');
    deliverTwice('b', 'c');
    deliver('d');
    deliveries.end();
    expect(payloads(handedOver)).toEqual(['a', 'c', 'd']);
    expect([deliveries.inflight, deliveries.waiting]).toEqual([0, 0]);
  });

  test('says nothing more, and hands over what still comes', () => {
    deliveries.end();
    deliver('a');
    deliveries.pump();
    acknowledge(1);
    expect(device.heard()).toEqual([]);
    expect(payloads(handedOver)).toEqual(['a']);
  });

  test('is settled at any time: nothing of it is anywhere else', () => {
    deliver('a');
    expect(deliveries.isSettled).toBe(true);
  });
});
