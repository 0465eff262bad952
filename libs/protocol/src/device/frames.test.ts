import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { encodeGatewayFrame, parseDeviceFrame } from './frames.ts';

/** Code and message of the refusal. */
function refusalOf(text: string): [string, string] {
  try {
    parseDeviceFrame(text);
  } catch (error) {
    if (error instanceof ProtocolError) return [error.code, error.message];
    throw error;
  }
  return expect.fail(`accepted ${text}`);
}

test('hello has defaults for everything but its type', () => {
  expect(parseDeviceFrame('{"type":"hello"}')).toEqual({
    type: 'hello',
    cleanStart: true,
    expiry: 0,
    keepAlive: 60,
  });
});

test('hello is read with every field at its bounds', () => {
  const hello = {
    type: 'hello',
    clientId: 'gerät-ä',
    cleanStart: false,
    expiry: 4_294_967_295,
    keepAlive: 65_535,
    user: '',
    password: 'p',
  };
  expect(parseDeviceFrame(JSON.stringify(hello))).toEqual(hello);
});

describe('the payload of a publish', () => {
  test.each([
    ['a text as its UTF-8 bytes', '"ä\\u0000"', Buffer.from('ä\0')],
    ['an empty text as no bytes', '""', Buffer.alloc(0)],
    ['a number as its JSON', '1.50', Buffer.from('1.5')],
    ['an object as its JSON', '{"t": 21.5, "ok": true}', Buffer.from('{"t":21.5,"ok":true}')],
    ['a list as its JSON', '[1, null]', Buffer.from('[1,null]')],
    ['null as its JSON', 'null', Buffer.from('null')],
    ['false as its JSON', 'false', Buffer.from('false')],
  ])('is %s', (_, payload, bytes) => {
    expect(parseDeviceFrame(`{"type":"publish","topic":"t","payload":${payload}}`)).toEqual({
      type: 'publish',
      topic: 't',
      payload: bytes,
      retain: false,
    });
  });

  test.each([
    ['', ''],
    ['AP+A/w==', '00ff80ff'],
    ['AP+A/w', '00ff80ff'],
  ])('is decoded from base64 %j', (text, hex) => {
    const frame = parseDeviceFrame(
      JSON.stringify({ type: 'publish', topic: 't', payload: text, encoding: 'base64' }),
    );
    expect(frame).toMatchObject({ payload: Buffer.from(hex, 'hex') });
  });
});

test('publish is read with every field', () => {
  const text =
    '{"type":"publish","id":9007199254740991,"topic":"t/1","payload":"x","contentType":"text/plain","retain":true}';
  expect(parseDeviceFrame(text)).toEqual({
    type: 'publish',
    id: Number.MAX_SAFE_INTEGER,
    topic: 't/1',
    payload: Buffer.from('x'),
    contentType: 'text/plain',
    retain: true,
  });
});

test.each([{ type: 'ack', id: 1 }, { type: 'ping' }, { type: 'bye' }])('reads %j', (frame) => {
  expect(parseDeviceFrame(JSON.stringify(frame))).toEqual(frame);
});

test.each(['', '{', 'hello', '{"type":"ping"} {}', '{"type":"ping",}', '\0', '[', 'nul'])(
  'what is no JSON is malformed: %j',
  (text) => expect(refusalOf(text)[0]).toBe('malformed'),
);

test.each(['[]', 'null', '1', '"ping"', 'true', '[{"type":"ping"}]'])(
  'JSON that is no object is malformed: %s',
  (text) => expect(refusalOf(text)).toEqual(['malformed', 'frame is not a JSON object']),
);

const text = 'a text without U+0000 and lone surrogates';
test.each([
  ['{}', 'type: hello, publish, ack, ping or bye'],
  ['{"type":1}', 'type: hello, publish, ack, ping or bye'],
  ['{"type":"constructor"}', 'type: hello, publish, ack, ping or bye'],
  ['{"type":"__proto__"}', 'type: hello, publish, ack, ping or bye'],
  ['{"type":"welcome"}', 'type: hello, publish, ack, ping or bye'],
  ['{"type":"ping","id":1}', 'id: no such field'],
  ['{"type":"bye","reason":"x"}', 'reason: no such field'],
  ['{"type":"ping","__proto__":1}', '__proto__: no such field'],
  ['{"type":"hello","clientid":"x"}', 'clientid: no such field'],
  ['{"type":"hello","clientId":7}', `clientId: ${text}`],
  ['{"type":"hello","clientId":null}', `clientId: ${text}`],
  ['{"type":"hello","clientId":"a\\u0000"}', `clientId: ${text}`],
  ['{"type":"hello","clientId":"\\ud800"}', `clientId: ${text}`],
  ['{"type":"hello","user":[]}', `user: ${text}`],
  ['{"type":"hello","password":1}', `password: ${text}`],
  ['{"type":"hello","cleanStart":1}', 'cleanStart: true or false'],
  ['{"type":"hello","expiry":-1}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"hello","expiry":4294967296}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"hello","expiry":1.5}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"hello","expiry":"1"}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"hello","keepAlive":65536}', 'keepAlive: a whole number from 0 to 65535'],
  ['{"type":"hello","keepAlive":true}', 'keepAlive: a whole number from 0 to 65535'],
  ['{"type":"publish","payload":""}', 'topic: a text'],
  ['{"type":"publish","topic":1,"payload":""}', `topic: ${text}`],
  ['{"type":"publish","topic":"t"}', 'payload: required'],
  ['{"type":"publish","topic":"t","payload":"","id":0}', 'id: a whole number from 1 to 9007199254740991'],
  [
    '{"type":"publish","topic":"t","payload":"","id":9007199254740992}',
    'id: a whole number from 1 to 9007199254740991',
  ],
  ['{"type":"publish","topic":"t","payload":"","encoding":"hex"}', 'encoding: "base64" or absent'],
  ['{"type":"publish","topic":"t","payload":"","encoding":null}', 'encoding: "base64" or absent'],
  ['{"type":"publish","topic":"t","payload":1,"encoding":"base64"}', 'payload: base64 text'],
  ['{"type":"publish","topic":"t","payload":"a b","encoding":"base64"}', 'payload: base64 text'],
  ['{"type":"publish","topic":"t","payload":"A===","encoding":"base64"}', 'payload: base64 text'],
  ['{"type":"publish","topic":"t","payload":"AAAAA","encoding":"base64"}', 'payload: base64 text'],
  ['{"type":"publish","topic":"t","payload":"AA=","encoding":"base64"}', 'payload: base64 text'],
  ['{"type":"publish","topic":"t","payload":"","contentType":1}', `contentType: ${text}`],
  ['{"type":"publish","topic":"t","payload":"","retain":"yes"}', 'retain: true or false'],
  ['{"type":"ack"}', 'id: a whole number'],
  ['{"type":"ack","id":"1"}', 'id: a whole number from 1 to 9007199254740991'],
])('a wrong field is a protocol error that names it: %s', (frame, fault) => {
  expect(refusalOf(frame)).toEqual(['protocol-error', `field ${fault}`]);
});

test('a frame of the gateway is its JSON', () => {
  expect(encodeGatewayFrame({ type: 'ack', id: 7 })).toBe('{"type":"ack","id":7}');
  expect(encodeGatewayFrame({ type: 'pong' })).toBe('{"type":"pong"}');
});
