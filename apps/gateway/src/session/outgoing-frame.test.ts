import { expect, test } from 'vitest';
import { deliveryOf, messageOf } from '../testing/messages.ts';
import { messageFrame } from './outgoing-frame.ts';

const nowMs = 1_700_000_000_000;

test('has topic and payload alone where there is nothing else to say', () => {
  expect(messageFrame(deliveryOf('hello', { qos: 0 }), 0, false, nowMs)).toEqual({
    type: 'message',
    topic: 'a/b',
    payload: 'hello',
  });
});

test('has an id to acknowledge it by, above QoS 0', () => {
  expect(messageFrame(deliveryOf('x'), 7, false, nowMs).id).toBe(7);
  expect(messageFrame(deliveryOf('x', { qos: 2 }), 8, false, nowMs).id).toBe(8);
});

test('says that it was sent before, that it was kept, and what was published beside it', () => {
  const message = messageOf({
    ...{ topic: 'a/ä', payload: Buffer.from('{"on":true}'), contentType: 'application/json' },
    expiresAt: nowMs + 1500,
    props: { responseTopic: 're', correlationData: 'AQI=', user: [['k', 'v']], payloadFormat: 1 },
  });
  const delivery = { message, qos: 1, retain: true, identifiers: [4], shared: '$share/g/a/+' } as const;
  expect(messageFrame(delivery, 3, true, nowMs)).toEqual({
    ...{ type: 'message', id: 3, topic: 'a/ä', payload: '{"on":true}', dup: true, retain: true },
    ...{ contentType: 'application/json', responseTopic: 're', correlation: 'AQI=', expiry: 2 },
    user: [['k', 'v']],
  });
});

test('says bytes that are no UTF-8 as base64', () => {
  const delivery = deliveryOf('', {}, { payload: Buffer.from([0xff, 0, 1]) });
  expect(messageFrame(delivery, 1, false, nowMs)).toMatchObject({ payload: '/wAB', encoding: 'base64' });
});

test('an empty payload is an empty text', () => {
  expect(messageFrame(deliveryOf('', { qos: 0 }), 0, false, nowMs)).toEqual({
    type: 'message',
    topic: 'a/b',
    payload: '',
  });
});
