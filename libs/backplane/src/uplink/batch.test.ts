import { describe, expect, test } from 'vitest';
import { Keys } from '../keys.ts';
import { uplinkScripts } from '../scripts.ts';
import { readCommands } from '../testing/resp.ts';
import { UplinkBatch } from './batch.ts';
import { EntryKind, UplinkChannel } from './channel.ts';
import type { EntryExtras } from './entry-extras.ts';

const keys = new Keys('tributary', 16);
const channelOf = (clientId: string, epoch: number): UplinkChannel =>
  new UplinkChannel(keys, clientId, epoch, 1_000_000, () => undefined);
const pump = channelOf('pump-1', 12);

interface Message {
  kind?: 0 | 1 | 2;
  channel?: UplinkChannel;
  packetId?: number;
  seq?: number;
  now?: number;
  topic?: string;
  payload?: Buffer;
  extras?: EntryExtras;
  isUnrouted?: boolean;
}

/** Appends a message whose topic and payload lie in the middle of larger buffers. */
function append(batch: UplinkBatch, message: Message = {}): void {
  const { kind = EntryKind.QOS1, channel = pump, packetId = 7, seq = 1, now = 1_700_000_000_000 } = message;
  const topic = Buffer.from(message.topic ?? 'a/b');
  const payload = message.payload ?? Buffer.from('hello');
  const topicIn = Buffer.concat([Buffer.from('<<'), topic, Buffer.from('>>')]);
  const payloadIn = Buffer.concat([Buffer.from('[['), payload, Buffer.from(']]')]);
  const topicEnd = 2 + topic.length;
  const payloadEnd = 2 + payload.length;
  batch.appendMessage(
    channel,
    {
      ...{ qos: kind, packetId, retain: false, properties: undefined },
      ...{ topic: topicIn, topicStart: 2, topicEnd, bytes: payloadIn, payloadStart: 2, payloadEnd },
    },
    packetId,
    seq,
    now,
    message.extras,
    message.isUnrouted ?? false,
  );
}

const textOf = (batch: UplinkBatch): string[][] =>
  readCommands(batch.bytes).map((command) => command.map((argument) => argument.toString('utf8')));

const xadd = ['XADD', 'tributary:{p6}:up', 'MAXLEN', '~', '1000000', '*'];
const entry = (qos: number, seq = 1): string[] => [
  ...['device', 'pump-1', 'epoch', '12', 'seq', String(seq), 'topic', 'a/b'],
  ...['qos', String(qos), 'ts', '1700000000000', 'payload', 'hello'],
];

describe('a batch', () => {
  test.each([0, 1] as const)('writes a message of QoS %d as XADD, fields in the documented order', (kind) => {
    const batch = new UplinkBatch();
    append(batch, { kind });
    expect(textOf(batch)).toEqual([[...xadd, ...entry(kind)]]);
  });

  test.each([
    [false, '0'],
    [true, '1'],
  ])('writes a message of QoS 2 as its script, with the receive record; unrouted: %s', (isUnrouted, mark) => {
    const batch = new UplinkBatch();
    append(batch, { kind: EntryKind.QOS2, packetId: 65_535, seq: 10, isUnrouted });
    expect(textOf(batch)).toEqual([
      [
        ...['EVALSHA', uplinkScripts.publishExactlyOnce.sha, '3'],
        ...['tributary:{p6}:online', 'tributary:{p6}:session:pump-1', 'tributary:{p6}:up'],
        ...['pump-1', '12', '65535', '10', mark, '1000000'],
        ...entry(2, 10),
      ],
    ]);
  });

  test('writes a release as its script', () => {
    const batch = new UplinkBatch();
    batch.appendRelease(pump, 9, 9);
    expect(textOf(batch)).toEqual([
      [
        ...['EVALSHA', uplinkScripts.releasePacketId.sha, '2'],
        ...['tributary:{p6}:online', 'tributary:{p6}:session:pump-1', 'pump-1', '12', '9'],
      ],
    ]);
  });

  test.each([
    [{}, []],
    [{ retain: true }, ['retain', '1']],
    [{ retain: false }, []],
    [{ contentType: 'text/ö' }, ['ctype', 'text/ö']],
    [
      { retain: true, contentType: '', props: '{"user":[["ä","b"]]}' },
      ['retain', '1', 'ctype', '', 'props', '{"user":[["ä","b"]]}'],
    ],
  ] satisfies [EntryExtras, string[]][])('adds of the extras %j what is present', (extras, fields) => {
    for (const kind of [EntryKind.QOS1, EntryKind.QOS2] as const) {
      const batch = new UplinkBatch();
      append(batch, { kind, extras });
      expect(textOf(batch)[0]!.slice(-entry(kind).length - fields.length)).toEqual([
        ...entry(kind),
        ...fields,
      ]);
    }
  });

  test('says the class of the device where it is not standard, as it is when the message is appended', () => {
    const channel = channelOf('pump-1', 12);
    const batch = new UplinkBatch();
    for (const rank of [0, 1, 2]) {
      channel.wantedRank = rank;
      for (const kind of [EntryKind.QOS1, EntryKind.QOS2] as const)
        append(batch, { channel, kind, extras: { retain: true } });
    }
    const said = textOf(batch).map((command) => {
      expect(command.slice(-2)).toEqual(['retain', '1']);
      const at = command.indexOf('class');
      return at < 0 ? undefined : command[at + 1];
    });
    expect(said).toEqual(['critical', 'critical', undefined, undefined, 'bulk', 'bulk']);
  });

  test('gives out the commands of some channels, and keeps the others as they are', () => {
    const other = channelOf('other', 1);
    const [batch, kept, left] = [new UplinkBatch(), new UplinkBatch(), new UplinkBatch()];
    for (let seq = 1; seq <= 30; seq++) {
      const channel = seq % 3 === 0 ? other : pump;
      for (const into of [batch, channel === other ? left : kept])
        append(into, { channel, seq, packetId: seq, payload: Buffer.alloc(seq * 7, seq) });
    }
    const taken = new UplinkBatch();
    batch.extract(
      (channel) => channel === other,
      (index) => taken.appendFrom(batch, index),
    );
    for (const [is, was] of [
      [batch, kept],
      [taken, left],
    ] as const) {
      expect(is.bytes.equals(was.bytes)).toBe(true);
      expect([is.channels, is.kinds, is.tokens, is.starts]).toEqual([
        was.channels,
        was.kinds,
        was.tokens,
        was.starts,
      ]);
    }
  });

  test.each([0, 1, 47, 48, 49, 127, 1000, 16_384, 100_000, 1_048_576])(
    'keeps a payload of %d bytes as it is, and what stands behind it',
    (size) => {
      const payload = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 0xff));
      const batch = new UplinkBatch();
      append(batch, { payload, topic: 'x'.repeat(size % 1000) });
      append(batch, { seq: 2 });
      const [first, second] = readCommands(batch.bytes);
      expect(Buffer.compare(first!.at(-1)!, payload)).toBe(0);
      expect(second!.at(-1)!.toString()).toBe('hello');
    },
  );

  test('is what one Buffer of all commands would be, in order, through growth', () => {
    const batch = new UplinkBatch();
    const other = channelOf('gerät-ä', 3);
    for (let seq = 1; seq <= 2000; seq++) {
      const kind = (seq % 3) as 0 | 1 | 2;
      append(batch, {
        kind,
        seq,
        channel: seq % 2 === 0 ? pump : other,
        packetId: seq,
        now: 1_700_000_000_000 + seq,
      });
      if (kind === 2) batch.appendRelease(pump, seq, seq);
    }
    const commands = textOf(batch);
    expect(commands).toHaveLength(batch.count);
    const seqs = commands
      .map((command) => command.indexOf('seq') > 0 && command[command.indexOf('seq') + 1])
      .filter((seq) => seq !== false);
    expect(seqs).toEqual(Array.from({ length: 2000 }, (_, i) => String(i + 1)));
    expect(commands.every((command) => command[0] === 'XADD' || command[0] === 'EVALSHA')).toBe(true);
  });

  test('writes numbers of every length', () => {
    const batch = new UplinkBatch();
    const numbers = [1, 9, 10, 99, 100, 65_535, 2 ** 31, 2 ** 32, 2 ** 52];
    for (const seq of numbers) append(batch, { seq });
    expect(textOf(batch).map((command) => Number(command[command.indexOf('seq') + 1]))).toEqual(numbers);
  });

  test('takes a command of another batch as it stands there, with what belongs to it', () => {
    const from = new UplinkBatch();
    for (let seq = 1; seq <= 3; seq++) append(from, { seq, packetId: seq, kind: seq === 2 ? 2 : 1 });
    from.appendRelease(pump, 4, 4);
    const to = new UplinkBatch();
    for (const index of [3, 1]) to.appendFrom(from, index);
    const commands = textOf(from);
    expect(textOf(to)).toEqual([commands[3], commands[1]]);
    expect(to.kinds).toEqual([EntryKind.RELEASE, EntryKind.QOS2]);
    expect(to.tokens).toEqual([4, 2]);
    expect(to.channels).toEqual([pump, pump]);
  });

  test('keeps nothing of what it held before it was cleared', () => {
    const batch = new UplinkBatch();
    const other = channelOf('gone', 3);
    for (let seq = 1; seq <= 50; seq++) append(batch, { channel: other, seq, packetId: seq });
    batch.clear();
    for (let seq = 1; seq <= 3; seq++) append(batch, { seq, packetId: 100 + seq });
    expect(textOf(batch).map((command) => command[command.indexOf('seq') + 1])).toEqual(['1', '2', '3']);
    expect([batch.count, batch.tokens.slice(0, 3)]).toEqual([3, [101, 102, 103]]);
    expect(batch.channels.filter((channel) => channel === other)).toEqual([]);
    const to = new UplinkBatch();
    to.appendFrom(batch, 2);
    expect(textOf(to)).toEqual([textOf(batch)[2]]);
  });

  test('is empty after clear, and used again', () => {
    const batch = new UplinkBatch();
    append(batch, { payload: Buffer.alloc(2 * 1024 * 1024) });
    batch.answered = 1;
    batch.clear();
    expect([batch.count, batch.byteLength, batch.answered]).toEqual([0, 0, 0]);
    append(batch);
    expect(textOf(batch)).toEqual([[...xadd, ...entry(1)]]);
  });
});
