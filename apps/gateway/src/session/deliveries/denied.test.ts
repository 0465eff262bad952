import { beforeEach, expect, test } from 'vitest';
import { deliveryOf } from '../../testing/messages.ts';
import { QueueDesk } from '../../testing/queue-desk.ts';
import { RecipientDesk } from '../../testing/recipient.ts';
import { MemoryDeliveries } from './memory-deliveries.ts';
import { sayAtMostOnce } from './outgoing.ts';
import { QueueDeliveries } from './queue-deliveries.ts';

const delivery = deliveryOf('secret');
let device: RecipientDesk;
beforeEach(() => {
  device = new RecipientDesk();
  device.forbidden.add(delivery.message.topic);
});
const untold = (): void => {
  expect(device.heard()).toEqual([]);
  expect(device.counters.undelivered.denied).toBe(1);
};

test('what a device may not have is not said at QoS 0', () => {
  sayAtMostOnce(device, { ...delivery, qos: 0 });
  untold();
});

test('nor from memory, also when it was forbidden while it waited', () => {
  const bounds = { maxMessages: 10, maxBytes: 10_000, maxAgeMs: 60_000, policy: 'drop-oldest' } as const;
  const deliveries = new MemoryDeliveries(device, bounds, () => {});
  device.forbidden.clear();
  device.isFull = true;
  deliveries.deliver(delivery);
  device.isFull = false;
  device.forbidden.add(delivery.message.topic);
  deliveries.pump();
  untold();
  expect([deliveries.waiting, deliveries.inflight]).toEqual([0, 0]);
});

test.each([0, 1])('nor from its queue, which is done with it; sent before: %i', (sent) => {
  const queue = new QueueDesk(0);
  const state = { counter: 0, sent, length: 0, awaitingComplete: [] };
  const deliveries = new QueueDeliveries(device, queue, state);
  deliveries.queued(queue.put(delivery), delivery);
  untold();
  expect(deliveries.isSettled).toBe(false);
  queue.answerSettled();
  expect(deliveries.isSettled).toBe(true);
  expect(queue.entries).toEqual([]);
});
