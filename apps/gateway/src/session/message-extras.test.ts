import { expect, test } from 'vitest';
import { messageExtras, storedMessage } from './message-extras.ts';

test('most messages have none', () => {
  expect(messageExtras(false, undefined)).toBeUndefined();
});

test('a retained message says so, with properties and without', () => {
  expect(messageExtras(true, undefined)).toEqual({ retain: true });
  expect(messageExtras(true, { contentType: 'a' })).toEqual({ retain: true, contentType: 'a' });
});

test('the content type has a field of its own, also when it is empty', () => {
  expect(messageExtras(false, { contentType: 'text/plain' })).toEqual({ contentType: 'text/plain' });
  expect(messageExtras(false, { contentType: '' })).toEqual({ contentType: '' });
});

test('the other properties are carried as JSON, correlation data as base64', () => {
  const extras = messageExtras(false, {
    payloadFormat: 0,
    messageExpiry: 0,
    responseTopic: 're/ä',
    correlationData: Buffer.from([0, 255, 128]),
    user: [
      ['k', 'v'],
      ['k', ''],
    ],
  });
  expect(Object.keys(extras!)).toEqual(['props']);
  expect(JSON.parse(extras!.props!)).toEqual({
    payloadFormat: 0,
    messageExpiry: 0,
    responseTopic: 're/ä',
    correlationData: 'AP+A',
    user: [
      ['k', 'v'],
      ['k', ''],
    ],
  });
});

test('a topic alias is of the connection and is not carried', () => {
  expect(messageExtras(false, { topicAlias: 3 })).toEqual({});
});

test('a message is handed on under the identity of its entry, its expiry as a time', () => {
  const sender = { clientId: 'pump-1', epoch: 4 };
  const payload = Buffer.from('x');
  const properties = { messageExpiry: 90, contentType: 'a', responseTopic: 're' };
  expect(storedMessage(sender, 7, 'a/b', 2, 1_700_000_000_000, payload, true, properties)).toEqual({
    ...{
      topic: 'a/b',
      qos: 2,
      retain: true,
      payload,
      ts: 1_700_000_000_000,
      from: 'pump-1',
      epoch: 4,
      seq: 7,
    },
    ...{ expiresAt: 1_700_000_090_000, contentType: 'a', props: { responseTopic: 're' } },
  });
});

test('a message without properties is handed on without', () => {
  const message = storedMessage({ clientId: 'x', epoch: 1 }, 1, 't', 0, 5, Buffer.alloc(0), false, undefined);
  expect([message.expiresAt, message.contentType, message.props]).toEqual([undefined, undefined, undefined]);
});

test('a message that expires at once is of no use from the start', () => {
  const sender = { clientId: 'x', epoch: 1 };
  const message = storedMessage(sender, 1, 't', 0, 5000, Buffer.alloc(0), false, { messageExpiry: 0 });
  expect(message.expiresAt).toBe(5000);
});
