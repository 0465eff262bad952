import { expect, test } from 'vitest';
import { bytesOf, publishPacket } from '../support/raw-mqtt.ts';
import { type Case, casesFromText, casesToText } from './case.ts';
import { readCommand } from './command-line.ts';
import { generate } from './generate.ts';
import { frame, Opcode } from './grammar/websocket.ts';
import { checkGrowth, growthBytes } from './memory.ts';
import { casesOf, movesOf } from './moves.ts';
import { fromNotation, toNotation } from './notation.ts';
import { randomOf } from './random.ts';
import { MqttReader, WebSocketReader } from './reading.ts';
import { replayFromText, replayToText } from './replay-file.ts';
import { shrink } from './shrink.ts';
import { filterMatches } from './witness.ts';

const numbers = Array.from({ length: 300 }, (_, n) => n);

test('a seed and a number make the same case again, another number another', () => {
  const texts = numbers.map((n) => casesToText([generate(7, n)]));
  expect(numbers.map((n) => casesToText([generate(7, n)]))).toEqual(texts);
  expect(new Set(texts).size).toBe(numbers.length);
});

test('cases come back from their text as they were', () => {
  for (const one of numbers.map((n) => generate(8, n))) {
    const [back] = casesFromText(casesToText([one]));
    expect(JSON.stringify(back)).toBe(JSON.stringify(one));
  }
});

test('a replay file keeps its comments apart, and the kind of node', () => {
  const replay = { variant: 'sticky', cases: [generate(8, 1)] } as const;
  const text = replayToText(replay, ['about\nit']);
  expect(text).toMatch(/^# about\n# it\nnode sticky\ncase 8\/1\n/);
  expect(replayFromText(text)).toEqual(replay);
  expect(replayFromText('case a').variant).toBe('round-robin');
  expect(() => replayFromText('node other')).toThrow('no kind of node');
});

test.each([
  '0 open tcp',
  'case a\n0 send: 00 ; no connection',
  'case a\n0 open tcp\n0 send: 0 ; half a byte',
])('what is no case is not read as one: %j', (text) => {
  expect(() => casesFromText(text)).toThrow('no line of a case');
});

test('bytes come back from their notation as they were', () => {
  const random = randomOf(1, 1);
  for (const bytes of numbers.map((n) => random.bytes(n % 40))) {
    expect(fromNotation(toNotation(bytes))).toEqual(bytes);
  }
  const text = Buffer.from(`it's {"type":"ping"} ${'x'.repeat(50)}\r\n`);
  expect(fromNotation(toNotation(text))).toEqual(text);
});

test('every production of the grammar and every mutation comes up', () => {
  const said = numbers.flatMap((n) =>
    generate(9, n).steps.flatMap((step) => (step.do === 'send' ? step.says : [])),
  );
  const all = said.join('\n');
  for (const word of [
    ...['CONNECT', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PUBREL', 'DISCONNECT', 'AUTH', 'PINGREQ'],
    ...['hello', 'publish', 'subscribe', 'ack', 'bye', 'upgrade', 'the other part', 'frame of opcode'],
    ...[
      'bit flipped',
      'cut',
      'spliced',
      'twice',
      'length a lie',
      'length off',
      'another type',
      'other flags',
    ],
  ]) {
    expect(all).toContain(word);
  }
});

test('the fewest items that fail together are found', async () => {
  let asked = 0;
  const fails = (some: readonly number[]): Promise<boolean> => {
    asked++;
    return Promise.resolve(some.includes(17) && some.includes(203));
  };
  expect(await shrink(numbers, fails, () => false)).toEqual([17, 203]);
  expect(asked).toBeLessThan(100);
});

test('making small stops when time is up, with what fails', async () => {
  let asked = 0;
  const fails = (some: readonly number[]): Promise<boolean> =>
    Promise.resolve(++asked > 0 && some.includes(17));
  const some = await shrink(numbers, fails, () => asked >= 3);
  expect(some).toContain(17);
  expect(some.length).toBeGreaterThan(1);
});

test('a wait goes with its question, and pings are counted anew', () => {
  const [one] = casesFromText(`
    case waits
    0 open tcp
    1 open tcp
    1 send: c000 ; PINGREQ
    0 send: c000 ; PINGREQ
    1 ponged 1
    0 ponged 1
    1 send: c000 ; PINGREQ
    1 ponged 2`) as [Case];
  const moves = movesOf([one]);
  expect(moves.map(({ steps }) => steps.size)).toEqual([2, 2, 2]);
  expect(casesToText(casesOf([one], moves.slice(2)))).toBe(
    'case waits\n0 open tcp\n0 send: c000 ; PINGREQ\n0 ponged 1\n',
  );
});

test.each([
  ['#', 'a/b', true],
  ['#', '$a', false],
  ['a/#', 'a', true],
  ['a/+', 'a/', true],
  ['a/+', 'a', false],
  ['+', '/a', false],
  ['$share/g/+/b', 'a/b', true],
  ['a/b', 'a/b/c', false],
])('the witness knows whether %j matches %j: %s', (filter, topic, matches) => {
  expect(filterMatches(filter, topic)).toBe(matches);
});

/** What a reader complains about. */
function complaintsOf(...bytes: Buffer[]): string[] {
  const complaints: string[] = [];
  const reader = new MqttReader(
    () => {},
    (complaint) => complaints.push(complaint.split(':', 1)[0]!),
  );
  reader.read(Buffer.concat(bytes));
  return complaints;
}

const pingresp = bytesOf({ cmd: 'pingresp' });
const connack = bytesOf({ cmd: 'connack', sessionPresent: false, reasonCode: 0 });
const oldConnack = bytesOf({ cmd: 'connack', sessionPresent: false, returnCode: 0 }, 4);

test.each([
  ['the first packet begins with d0', [pingresp]],
  ['a second CONNACK', [connack, connack]],
  ['a packet of clients', [connack, bytesOf({ cmd: 'pingreq' })]],
  ['a packet behind the last one', [connack, Buffer.from('e0028200', 'hex'), pingresp]],
  ['a packet of MQTT 5 in 3.1.1', [oldConnack, Buffer.from('e000', 'hex')]],
  ['a topic that is no name', [connack, Buffer.from('300400012300', 'hex')]],
  ['DUP at QoS 0', [connack, Buffer.from('380400016100', 'hex')]],
  ['unreadable', [connack, Buffer.from('e00184', 'hex')]],
])('what no server may say is noticed: %s', (complaint, bytes) => {
  expect(complaintsOf(...bytes)).toEqual([complaint]);
});

test('what a server may say is no cause for complaint', () => {
  const publish = bytesOf(publishPacket('a', 'hi', 1, 1));
  expect(complaintsOf(connack, publish, bytesOf({ cmd: 'pingresp' }))).toEqual([]);
  expect(complaintsOf(oldConnack, bytesOf({ cmd: 'pingresp' }, 4))).toEqual([]);
});

test('frames are read however they are cut, and a masked one is noticed', () => {
  const heard: string[] = [];
  const complaints: string[] = [];
  const reader = new WebSocketReader(
    (opcode, payload) => heard.push(`${opcode} ${payload.length}`),
    (complaint) => complaints.push(complaint),
  );
  const plain = (length: number): Buffer =>
    Buffer.concat([Buffer.from([0x82, 126, length >> 8, length & 0xff]), Buffer.alloc(length)]);
  const all = Buffer.concat([Buffer.from('HTTP/1.1 101 x\r\n\r\n'), plain(300), plain(200)]);
  for (const byte of all) reader.read(Buffer.from([byte]));
  expect([heard, complaints]).toEqual([['2 300', '2 200'], []]);
  reader.read(frame(Buffer.from('x'), Opcode.TEXT));
  expect(complaints[0]).toBe('a WebSocket frame that begins with 8181');
});

test('memory may grow up to its bound', () => {
  const warm = { inUse: 30e6, resident: 100e6 };
  const most = warm.inUse + growthBytes(1000);
  expect(() => checkGrowth(warm, { inUse: most, resident: 150e6 }, 1000)).not.toThrow();
  expect(() => checkGrowth(warm, { inUse: most + 1, resident: 150e6 }, 1000)).toThrow('in use');
  expect(() => checkGrowth(warm, { inUse: most, resident: 300e6 }, 1000)).toThrow('resident');
});

test('the command line: a minute, a seed of its own, and whole numbers', () => {
  expect(readCommand([], 1_795_000_123_456)).toEqual({ seconds: 60, seed: 123_456 });
  expect(readCommand(['--seed', '5', '--case', '9'], 0)).toEqual({ seconds: 60, seed: 5, case: 9 });
  expect(() => readCommand(['--seed', 'x'], 0)).toThrow('--seed must be a whole number');
  expect(() => readCommand(['--sed', '1'], 0)).toThrow('--sed');
});
