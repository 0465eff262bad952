import { describe, expect, test } from 'vitest';
import { everyByte } from '../testing/test-store.ts';
import { uplinkEntryToMessage } from './entry-fields.ts';
import { BrokenRecord } from './message-record.ts';

const plain = {
  ...{ device: 'pump-1', epoch: '3', seq: '9', topic: 'a/ä', qos: '1', ts: '1700000000000' },
  payload: everyByte,
};
const read = (fields: Record<string, string | Buffer | undefined>): ReturnType<typeof uplinkEntryToMessage> =>
  uplinkEntryToMessage(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [Buffer.from(name), Buffer.from(value as string)],
    ),
  );

describe('an entry of an uplink stream', () => {
  test('is the message it was written from', () => {
    expect(read(plain)).toEqual({
      ...{ topic: 'a/ä', qos: 1, retain: false, payload: everyByte, ts: 1_700_000_000_000 },
      ...{ from: 'pump-1', epoch: 3, seq: 9, expiresAt: undefined, contentType: undefined, props: undefined },
    });
  });

  test('has what only some have, and a time instead of an expiry', () => {
    const props = '{"payloadFormat":1,"messageExpiry":60,"user":[["k","v"]]}';
    expect(read({ ...plain, class: 'bulk', retain: '1', will: '1', ctype: 'text/ö', props })).toMatchObject({
      ...{ retain: true, contentType: 'text/ö', expiresAt: 1_700_000_060_000 },
      props: { payloadFormat: 1, user: [['k', 'v']] },
    });
    expect(read({ ...plain, props: '{"messageExpiry":0}' })).toMatchObject({
      ...{ expiresAt: 1_700_000_000_000, props: undefined },
    });
  });

  test.each([
    { topic: undefined },
    { payload: undefined },
    { device: undefined },
    { epoch: '' },
    { seq: 'x' },
    { qos: '3' },
    { ts: '1.5' },
    { props: '{' },
  ])('is refused with %j', (fault) => {
    expect(() => read({ ...plain, ...fault })).toThrow(BrokenRecord);
  });
});
