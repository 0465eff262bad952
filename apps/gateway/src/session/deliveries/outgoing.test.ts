import { beforeEach, expect, test } from 'vitest';
import { deliveryBytes, isExpired } from '../../routing/delivery.ts';
import { deliveryOf } from '../../testing/messages.ts';
import { RecipientDesk } from '../../testing/recipient.ts';
import { sayAtMostOnce } from './outgoing.ts';

let device: RecipientDesk;
beforeEach(() => {
  device = new RecipientDesk();
});

const atMostOnce = (payload: string, expiresAt?: number) => deliveryOf(payload, { qos: 0 }, { expiresAt });

test('a message at QoS 0 is said without packet id, and counted', () => {
  sayAtMostOnce(device, atMostOnce('hello'));
  expect(device.heard()).toEqual(['0 hello']);
  expect([device.counters.messagesOut, device.counters.bytesOut]).toEqual([[1, 0, 0], 5]);
});

test('one that has expired is not said', () => {
  sayAtMostOnce(device, atMostOnce('late', device.nowMs));
  sayAtMostOnce(device, atMostOnce('in time', device.nowMs + 1));
  expect(device.heard()).toEqual(['0 in time']);
  expect(device.counters.undelivered.expired).toBe(1);
});

test('one that finds no room is dropped, and the connection told', () => {
  device.isFull = true;
  sayAtMostOnce(device, atMostOnce('dropped'));
  expect([device.heard(), device.refused]).toEqual([[], 1]);
  expect(device.counters.undelivered['outbox-full']).toBe(1);
});

test('one that is larger than the device takes is dropped', () => {
  device.tooLarge.add('large');
  sayAtMostOnce(device, atMostOnce('large'));
  expect(device.heard()).toEqual([]);
  expect(device.counters.undelivered['too-large']).toBe(1);
  expect(device.counters.messagesOut).toEqual([0, 0, 0]);
});

test('a message counts for its payload, its topic in UTF-8, and what comes with them', () => {
  expect(deliveryBytes(deliveryOf('12345', {}, { topic: 'ä/b' }))).toBe(5 + 4 + 64);
});

test('a message expires at its time, and one without never', () => {
  const { message } = atMostOnce('x', 1000);
  expect([isExpired(message, 999), isExpired(message, 1000)]).toEqual([false, true]);
  expect(isExpired(atMostOnce('x').message, Number.MAX_SAFE_INTEGER)).toBe(false);
});
