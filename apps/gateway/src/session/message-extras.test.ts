import { expect, test } from 'vitest';
import { messageExtras } from './message-extras.ts';

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
