import { expect, test } from 'vitest';
import { encodeGatewayFrame, textOrBase64 } from './gateway-frames.ts';

test('a frame of the gateway is its JSON', () => {
  expect(encodeGatewayFrame({ type: 'ack', id: 7 })).toBe('{"type":"ack","id":7}');
  expect(encodeGatewayFrame({ type: 'pong' })).toBe('{"type":"pong"}');
  expect(encodeGatewayFrame({ type: 'subscribed', id: 1, granted: [0, 1, 'quota-exceeded'] })).toBe(
    '{"type":"subscribed","id":1,"granted":[0,1,"quota-exceeded"]}',
  );
  expect(encodeGatewayFrame({ type: 'unsubscribed', id: 1, removed: [true, false] })).toBe(
    '{"type":"unsubscribed","id":1,"removed":[true,false]}',
  );
});

test('a message says what it has, and nothing else', () => {
  expect(encodeGatewayFrame({ type: 'message', topic: 't', ...textOrBase64(Buffer.from('hi')) })).toBe(
    '{"type":"message","topic":"t","payload":"hi"}',
  );
  const user = [
    ['k', 'v'],
    ['k', 'w'],
  ] as const;
  const whole = {
    dup: true,
    retain: true,
    contentType: 'c',
    responseTopic: 'r',
    correlation: 'AA==',
    expiry: 60,
    user,
  };
  const text = encodeGatewayFrame({
    type: 'message',
    id: 9,
    topic: 't',
    ...textOrBase64(Buffer.from([0xff])),
    ...whole,
  });
  expect(JSON.parse(text)).toEqual({
    type: 'message',
    id: 9,
    topic: 't',
    payload: '/w==',
    encoding: 'base64',
    ...whole,
  });
});

test.each([
  ['', ''],
  ['ä 设 \u{1f321}', 'ä 设 \u{1f321}'],
  ['{"t":1}', '{"t":1}'],
  ['\0', '\0'],
  ['\ufeffx', '\ufeffx'],
])('bytes that are UTF-8 are said as text: %j', (text, payload) => {
  expect(textOrBase64(Buffer.from(text))).toEqual({ payload });
});

test.each([
  ['a lone byte', 'ff', '/w=='],
  ['a cut sequence', '61e4b8', 'YeS4'],
  ['a surrogate', 'eda080', '7aCA'],
  ['an overlong sequence', 'c0af', 'wK8='],
])('bytes that are no UTF-8 are said as base64: %s', (_, hex, payload) => {
  expect(textOrBase64(Buffer.from(hex, 'hex'))).toEqual({ payload, encoding: 'base64' });
});

test('every byte a payload can have comes out of its frame as it went in', () => {
  for (let first = 0; first < 256; first++) {
    for (const second of [0x00, 0x22, 0x41, 0x5c, 0x80, 0xbf, 0xff]) {
      const payload = Buffer.from([first, second]);
      const frame = encodeGatewayFrame({ type: 'message', topic: 't', ...textOrBase64(payload) });
      const read = JSON.parse(frame) as { payload: string; encoding?: 'base64' };
      expect(Buffer.from(read.payload, read.encoding ?? 'utf8')).toEqual(payload);
    }
  }
});
