import { describe, expect, test } from 'vitest';
import { everyByte, messageOf } from '../testing/test-store.ts';
import {
  BrokenRecord,
  decodeMessageRecord,
  encodeMessageRecord,
  type StoredMessage,
} from './message-record.ts';

const full = messageOf({
  ...{ topic: 'a/"ä"\n/b', qos: 2, retain: true, payload: everyByte, expiresAt: 1_700_000_060_000 },
  contentType: 'text/ö',
  props: { payloadFormat: 1, responseTopic: 'r', correlationData: 'AP8=', user: [['k', '"\n']] },
});

describe('a message record', () => {
  test.each<[string, StoredMessage]>([
    ['nothing beside what every message has', messageOf()],
    ['an empty payload', messageOf({ payload: Buffer.alloc(0), qos: 0 })],
    ['a payload of line feeds', messageOf({ payload: Buffer.from('\n\n{}\n') })],
    ['every field and every byte', full],
  ])('comes back as it was with %s', (_, message) => {
    expect(decodeMessageRecord(encodeMessageRecord(message))).toEqual(message);
  });

  test('is one line of JSON, a line feed, and the payload as it is', () => {
    const record = encodeMessageRecord(full, { delay: 30 });
    const end = record.indexOf('\n');
    expect(JSON.parse(record.toString('utf8', 0, end))).toEqual({
      ...{
        topic: 'a/"ä"\n/b',
        qos: 2,
        retain: true,
        ts: 1_700_000_000_000,
        from: 'sender',
        epoch: 3,
        seq: 9,
      },
      ...{ expires: 1_700_000_060_000, ctype: 'text/ö', props: full.props, delay: 30 },
    });
    expect(record.subarray(end + 1)).toEqual(everyByte);
  });

  const head = { topic: 'a', qos: 1, retain: false, ts: 1, from: 'd', epoch: 1, seq: 1 };
  test.each([
    ['', 'nothing'],
    ['{}', 'no line feed'],
    ['{\n', 'broken JSON'],
    ['null\nx', 'no object'],
    ...[
      { topic: undefined },
      { topic: 1 },
      { qos: 3 },
      { qos: '1' },
      { retain: 1 },
      { ts: 'now' },
      { ts: 1.5 },
      { from: undefined },
      { epoch: undefined },
      { seq: null },
      { expires: 'soon' },
      { ctype: 1 },
      { props: [] },
      { props: 'x' },
    ].map((fault) => [`${JSON.stringify({ ...head, ...fault })}\nx`, JSON.stringify(fault)]),
  ])('%j is refused: %s', (record) => {
    expect(() => decodeMessageRecord(Buffer.from(record))).toThrow(BrokenRecord);
    expect(() => decodeMessageRecord(Buffer.from(record))).toThrow(
      expect.objectContaining({ code: 'broken-record' }),
    );
  });
});
