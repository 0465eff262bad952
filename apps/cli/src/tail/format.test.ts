import { expect, test } from 'vitest';
import { readEntry, type RawEntry } from './entry.ts';
import { jsonLine, textLine } from './format.ts';
import { showPayload } from './text.ts';

const bytes = (...words: (string | Uint8Array)[]): Buffer[] =>
  words.map((word) => Buffer.from(word as string));

function message(
  payload: string | Uint8Array,
  device = 'pump-1',
  topic = 'devices/pump-1/telemetry',
): RawEntry {
  const head = bytes(
    'device',
    device,
    'epoch',
    '3',
    'seq',
    '7',
    'topic',
    topic,
    'qos',
    '1',
    'ts',
    '1700000000123',
  );
  return {
    stream: 'messages',
    id: '1700000000124-0',
    fields: [...head, ...bytes('payload', payload, 'ctype', 'text/plain')],
  };
}

test('a message is one line: time, device, topic, QoS, epoch/seq, the rest, payload', () => {
  expect(textLine(readEntry(message('{"t":21.5}')))).toBe(
    '22:13:20.123  pump-1  devices/pump-1/telemetry  qos 1  #3/7  ctype=text/plain  {"t":21.5}',
  );
});

test('an event is one line with what it says', () => {
  const fields = bytes(
    'type',
    'disconnected',
    'device',
    'pump-1',
    'epoch',
    '3',
    'ts',
    '1700000000123',
    'node',
    'gw-1.ab',
    'reason',
    'normal',
  );
  expect(textLine(readEntry({ stream: 'events', id: '1-0', fields }))).toBe(
    '22:13:20.123  pump-1  * disconnected  epoch 3  node=gw-1.ab  reason=normal',
  );
});

test('a will is told with its topic, QoS and entry', () => {
  const head = ['type', 'will', 'device', 'pump-1', 'epoch', '3', 'ts', '1700000000123', 'node', 'gw-1.ab'];
  const fields = bytes(...head, 'topic', 'last/words', 'qos', '2', 'entry', '17-0');
  expect(textLine(readEntry({ stream: 'events', id: '1-0', fields }))).toBe(
    '22:13:20.123  pump-1  * will  epoch 3  node=gw-1.ab  topic=last/words  qos=2  entry=17-0',
  );
});

test('JSON holds the fields as they stand, and a payload that is no UTF-8 as hex', () => {
  expect(JSON.parse(jsonLine(readEntry(message('hé'))))).toEqual({
    ...{ stream: 'messages', id: '1700000000124-0', device: 'pump-1', epoch: '3', seq: '7' },
    ...{
      topic: 'devices/pump-1/telemetry',
      qos: '1',
      ts: '1700000000123',
      ctype: 'text/plain',
      payload: 'hé',
    },
  });
  expect(JSON.parse(jsonLine(readEntry(message(Uint8Array.of(0xff, 0)))))).toMatchObject({
    payloadHex: 'ff00',
  });
});

// Cursor moves, a C1 introducer, DEL, direction override, line separator, zero width, and a lone surrogate in UTF-8.
const hostile = [
  '\u001b[2J',
  '\u009b31m',
  '\u007f',
  '\u202e',
  '\u2028',
  '\u200b',
  '\ud800',
  '\r\n',
  '\u{e0001}',
];

test.each(hostile)('no hostile id, topic or payload reaches the terminal: %j', (evil) => {
  const entry = readEntry(message(`x${evil}y`, `d${evil}`, `t${evil}`));
  for (const line of [textLine(entry), jsonLine(entry)])
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  expect(JSON.parse(jsonLine(entry))).toMatchObject({ topic: Buffer.from(`t${evil}`).toString() });
});

test('a payload with control characters is shown as hex, line ends and tabs are escaped, long ones are cut', () => {
  expect(showPayload(Buffer.from('a\u001b[1m'), 100)).toBe('0x611b5b316d');
  expect(showPayload(Buffer.from('a\n\tb'), 100)).toBe('a\\n\\tb');
  expect(showPayload(Buffer.from('abcdef'), 3)).toBe('abc … (6 bytes)');
  expect(showPayload(new Uint8Array(0), 3)).toBe('');
});

test('an entry with strange fields is still shown', () => {
  const entry = readEntry({
    stream: 'messages',
    id: '5-0',
    fields: bytes('__proto__', 'x', 'ts', 'soon', 'odd'),
  });
  expect(textLine(entry)).toContain('00:00:00.005');
  expect(JSON.parse(jsonLine(entry))).toMatchObject({ id: '5-0', ts: 'soon' });
});
