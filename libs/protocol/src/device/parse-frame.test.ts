import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { parseDeviceFrame } from './parse-frame.ts';

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

describe('coming back by a key', () => {
  const bytes = Buffer.alloc(32, 7);
  const base64 = bytes.toString('base64');

  test('is asked for in hello, and answered by a proof', () => {
    expect(parseDeviceFrame(`{"type":"hello","resumeKey":"${base64}","resumeEpoch":42}`)).toMatchObject({
      resumeKey: bytes,
      resumeEpoch: 42,
    });
    expect(parseDeviceFrame(`{"type":"proof","proof":"${base64}"}`)).toEqual({ type: 'proof', proof: bytes });
  });

  test.each([
    ['{"type":"hello","resumeKey":"AAAA"}', 'resumeKey: base64 of 32 bytes'],
    ['{"type":"hello","resumeKey":7}', 'resumeKey: base64 text'],
    ['{"type":"hello","resumeEpoch":0}', 'resumeEpoch: a whole number from 1 to 9007199254740991'],
    ['{"type":"proof"}', 'proof: base64 of 32 bytes'],
    [`{"type":"proof","proof":"AAAA${base64}"}`, 'proof: base64 of 32 bytes'],
  ])('what does not fit is named: %s', (frame, fault) => {
    expect(refusalOf(frame)).toEqual(['protocol-error', `field ${fault}`]);
  });
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
  const said = {
    type: 'publish',
    id: Number.MAX_SAFE_INTEGER,
    topic: 't/1',
    payload: 'x',
    contentType: 'text/plain',
    retain: true,
    responseTopic: 'answers/ä',
    correlation: 'AP+A',
    expiry: 4_294_967_295,
  };
  expect(parseDeviceFrame(JSON.stringify(said))).toEqual({
    ...said,
    payload: Buffer.from('x'),
    correlation: Buffer.from('00ff80', 'hex'),
  });
});

test('subscribe has defaults for everything but the filters', () => {
  const defaults = { qos: 1, noLocal: false, retainHandling: 0 };
  expect(parseDeviceFrame('{"type":"subscribe","id":1,"topics":[{"filter":"a/#"},{"filter":"+"}]}')).toEqual({
    type: 'subscribe',
    id: 1,
    topics: [
      { filter: 'a/#', ...defaults },
      { filter: '+', ...defaults },
    ],
  });
});

test('subscribe is read with every field at its bounds', () => {
  const subscribe = {
    type: 'subscribe',
    id: Number.MAX_SAFE_INTEGER,
    topics: [
      { filter: 'a', qos: 0, noLocal: true, retainHandling: 2 },
      { filter: '$share/g/ä', qos: 1, noLocal: false, retainHandling: 1 },
    ],
  };
  expect(parseDeviceFrame(JSON.stringify(subscribe))).toEqual(subscribe);
});

test('a filter that is not allowed is for the gateway to answer, not for the frame', () => {
  for (const filter of ['', 'a#', '$share/', 'x'.repeat(2000)]) {
    const topics = [{ filter, qos: 1, noLocal: false, retainHandling: 0 }];
    expect(parseDeviceFrame(JSON.stringify({ type: 'subscribe', id: 1, topics }))).toMatchObject({ topics });
    const unsubscribe = { type: 'unsubscribe', id: 1, topics: [filter] };
    expect(parseDeviceFrame(JSON.stringify(unsubscribe))).toEqual(unsubscribe);
  }
});

test('a hundred topics are read', () => {
  const filters = Array.from({ length: 100 }, (_, i) => `t/${i}`);
  const unsubscribe = { type: 'unsubscribe', id: 7, topics: filters };
  expect(parseDeviceFrame(JSON.stringify(unsubscribe))).toEqual(unsubscribe);
  const topics = filters.map((filter) => ({ filter }));
  const read = parseDeviceFrame(JSON.stringify({ type: 'subscribe', id: 7, topics }));
  expect(read).toMatchObject({ topics });
});

test.each([{ type: 'ack', id: 1 }, { type: 'ping' }, { type: 'bye' }])('reads %j', (frame) => {
  expect(parseDeviceFrame(JSON.stringify(frame))).toEqual(frame);
});

test.each(['', '{', 'hello', '{"type":"ping"} {}', '{"type":"ping",}', '\0', '[', 'nul'])(
  'what is no JSON is malformed: %j',
  (text) => expect(refusalOf(text)[0]).toBe('malformed'),
);

test('nothing of a broken hello is repeated: it may be a password', () => {
  const text = '{"type":"hello","password":hunter2}';
  expect(refusalOf(text)).toEqual(['malformed', 'frame is not JSON']);
});

test.each(['[]', 'null', '1', '"ping"', 'true', '[{"type":"ping"}]'])(
  'JSON that is no object is malformed: %s',
  (text) => expect(refusalOf(text)).toEqual(['malformed', 'frame is not a JSON object']),
);

const text = 'a text without U+0000 and lone surrogates';
test.each([
  ['{}', 'type: hello, proof, publish, subscribe, unsubscribe, ack, ping or bye'],
  ['{"type":1}', 'type: hello, proof, publish, subscribe, unsubscribe, ack, ping or bye'],
  ['{"type":"constructor"}', 'type: hello, proof, publish, subscribe, unsubscribe, ack, ping or bye'],
  ['{"type":"__proto__"}', 'type: hello, proof, publish, subscribe, unsubscribe, ack, ping or bye'],
  ['{"type":"welcome"}', 'type: hello, proof, publish, subscribe, unsubscribe, ack, ping or bye'],
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
  ['{"type":"publish","topic":"t","payload":"","responseTopic":1}', `responseTopic: ${text}`],
  ['{"type":"publish","topic":"t","payload":"","responseTopic":""}', 'responseTopic: a topic name'],
  ['{"type":"publish","topic":"t","payload":"","responseTopic":"a/#"}', 'responseTopic: a topic name'],
  ['{"type":"publish","topic":"t","payload":"","responseTopic":"+"}', 'responseTopic: a topic name'],
  ['{"type":"publish","topic":"t","payload":"","correlation":1}', 'correlation: base64 text'],
  ['{"type":"publish","topic":"t","payload":"","correlation":"é"}', 'correlation: base64 text'],
  ['{"type":"publish","topic":"t","payload":"","expiry":-1}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"publish","topic":"t","payload":"","expiry":1.5}', 'expiry: a whole number from 0 to 4294967295'],
  ['{"type":"publish","topic":"t","payload":"","dup":true}', 'dup: no such field'],
  ['{"type":"subscribe","topics":[{"filter":"a"}]}', 'id: a whole number'],
  ['{"type":"subscribe","id":0,"topics":[{"filter":"a"}]}', 'id: a whole number from 1 to 9007199254740991'],
  ['{"type":"subscribe","id":1}', 'topics: a list of 1 to 100'],
  ['{"type":"subscribe","id":1,"filter":"a"}', 'filter: no such field'],
  ['{"type":"subscribe","id":1,"topics":[]}', 'topics: a list of 1 to 100'],
  ['{"type":"subscribe","id":1,"topics":{"0":{"filter":"a"}}}', 'topics: a list of 1 to 100'],
  ['{"type":"subscribe","id":1,"topics":["a"]}', 'topics[0]: an object with a filter'],
  ['{"type":"subscribe","id":1,"topics":[{"filter":"a"},null]}', 'topics[1]: an object with a filter'],
  ['{"type":"subscribe","id":1,"topics":[{"filter":"a"},[]]}', 'topics[1]: an object with a filter'],
  ['{"type":"subscribe","id":1,"topics":[{}]}', 'topics[0].filter: a text'],
  ['{"type":"subscribe","id":1,"topics":[{"filter":1}]}', `topics[0].filter: ${text}`],
  ['{"type":"subscribe","id":1,"topics":[{"filter":"a\\u0000"}]}', `topics[0].filter: ${text}`],
  [
    '{"type":"subscribe","id":1,"topics":[{"filter":"a","qos":2}]}',
    'topics[0].qos: a whole number from 0 to 1',
  ],
  [
    '{"type":"subscribe","id":1,"topics":[{"filter":"a","qos":"1"}]}',
    'topics[0].qos: a whole number from 0 to 1',
  ],
  ['{"type":"subscribe","id":1,"topics":[{"filter":"a","noLocal":1}]}', 'topics[0].noLocal: true or false'],
  [
    '{"type":"subscribe","id":1,"topics":[{"filter":"a","retainHandling":3}]}',
    'topics[0].retainHandling: a whole number from 0 to 2',
  ],
  ['{"type":"subscribe","id":1,"topics":[{"filter":"a","rh":1}]}', 'topics[0].rh: no such field'],
  [
    '{"type":"subscribe","id":1,"topics":[{"filter":"a","__proto__":1}]}',
    'topics[0].__proto__: no such field',
  ],
  [
    '{"type":"subscribe","id":1,"topics":[{"filter":"$share/g/a","noLocal":true}]}',
    'topics[0].noLocal: not with a shared subscription',
  ],
  ['{"type":"unsubscribe","topics":["a"]}', 'id: a whole number'],
  ['{"type":"unsubscribe","id":1}', 'topics: a list of 1 to 100'],
  ['{"type":"unsubscribe","id":1,"topics":[]}', 'topics: a list of 1 to 100'],
  ['{"type":"unsubscribe","id":1,"topics":"a"}', 'topics: a list of 1 to 100'],
  ['{"type":"unsubscribe","id":1,"topics":["a",{"filter":"a"}]}', `topics[1]: ${text}`],
  ['{"type":"ack"}', 'id: a whole number'],
  ['{"type":"ack","id":"1"}', 'id: a whole number from 1 to 9007199254740991'],
])('a wrong field is a protocol error that names it: %s', (frame, fault) => {
  expect(refusalOf(frame)).toEqual(['protocol-error', `field ${fault}`]);
});

test.each([
  ['subscribe', { filter: 'a' }],
  ['unsubscribe', 'a'],
])('a %s of more than a hundred topics is a protocol error', (type, topic) => {
  const topics = Array.from({ length: 101 }, () => topic);
  expect(refusalOf(JSON.stringify({ type, id: 1, topics }))).toEqual([
    'protocol-error',
    'field topics: a list of 1 to 100',
  ]);
});

test('what an MQTT device is to be told beside a message is as short as MQTT can say', () => {
  const said = (fields: object): string =>
    JSON.stringify({ type: 'publish', topic: 't', payload: '', ...fields });
  const tooLong = {
    contentType: 'ä'.repeat(32_768),
    responseTopic: 'x'.repeat(65_536),
    correlation: Buffer.alloc(65_536).toString('base64'),
  };
  for (const [name, value] of Object.entries(tooLong))
    expect(refusalOf(said({ [name]: value }))).toEqual([
      'protocol-error',
      `field ${name}: at most 65535 bytes`,
    ]);
  const longest = {
    contentType: 'x'.repeat(65_535),
    responseTopic: 'x'.repeat(65_535),
    correlation: Buffer.alloc(65_535).toString('base64'),
  };
  expect(parseDeviceFrame(said(longest))).toMatchObject({ correlation: Buffer.alloc(65_535) });
});

test('a frame cut anywhere, or with a byte of it changed, is a ProtocolError or another frame', () => {
  const frames = [
    '{"type":"subscribe","id":1,"topics":[{"filter":"a/ä","qos":0,"noLocal":true,"retainHandling":2}]}',
    '{"type":"unsubscribe","id":12,"topics":["a","$share/g/b"]}',
    '{"type":"publish","id":1,"topic":"t","payload":{"a":[1]},"correlation":"AP+A","expiry":60,"retain":true}',
    '{"type":"ack","id":65535}',
  ];
  for (const frame of frames) {
    for (let end = 0; end < frame.length; end++) expect(refusalOf(frame.slice(0, end))[0]).toBe('malformed');
    for (let at = 0; at < frame.length; at++) {
      for (const instead of ['', '0', '"', '{', '[', '-', ',', '\\', 'null']) {
        const changed = frame.slice(0, at) + instead + frame.slice(at + 1);
        try {
          expect(parseDeviceFrame(changed).type).toBeTypeOf('string');
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw new Error(changed, { cause: error });
        }
      }
    }
  }
});
