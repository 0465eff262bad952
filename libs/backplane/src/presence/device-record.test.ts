import { expect, test } from 'vitest';
import { deviceRecordFields, type DeviceRecordField, parseDeviceRecord } from './device-record.ts';
import { qualityRecordFields, qualityValues } from './quality-fields.ts';

const valuesOf = (record: Partial<Record<DeviceRecordField, string>>): (string | null)[] =>
  deviceRecordFields.map((field) => record[field] ?? null);

test('a record without an epoch is none', () => {
  expect(parseDeviceRecord(valuesOf({ state: 'online' }))).toBeUndefined();
  expect(parseDeviceRecord([])).toBeUndefined();
});

test('quality reads as it was written', () => {
  const facts = {
    score: 42,
    band: 'poor',
    penalties: { rtt: 40, jitter: 8, loss: 10, flaps: 0, errors: 0, stalls: 0 },
    confidence: 'medium',
    rttMs: 310.5,
    jitterMs: 22,
    lossRatio: 0.05,
    sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
    zombie: 'no-traffic',
    flaps: 2,
  } as const;
  const values = qualityValues(facts, 1_700_000_000_000, 1);
  const written = Object.fromEntries(qualityRecordFields.map((field, i) => [field, values[i]!]));
  const record = parseDeviceRecord(
    valuesOf({ epoch: '3', tags: '{"site":"kiel"}', sleepy: '1', ...written }),
  )!;
  expect(record.quality).toEqual(facts);
  expect(record).toMatchObject({ qualityAt: 1_700_000_000_000, qualityVersion: 1, sleepy: true });
  expect(record.tags).toEqual({ site: 'kiel' });
});

test('an unknown quality is no 0', () => {
  const { quality } = parseDeviceRecord(valuesOf({ epoch: '3', quality: '', band: 'unknown' }))!;
  expect(quality).toMatchObject({ score: undefined, rttMs: undefined, band: 'unknown', confidence: 'none' });
});

test('broken fields are unknown, and harm nothing else', () => {
  const broken = parseDeviceRecord(
    valuesOf({
      epoch: '3',
      quality: '101',
      band: 'superb',
      penalties: '[1',
      confidence: '1',
      rttMs: '-1',
      lossRatio: 'x',
      sources: '{"rtt":"hearsay","loss":"tcp"}',
      zombie: 'brains',
      tags: '{"a":1,"__proto__":"b","c":"d"}',
      address: '10.0.0.1:1',
    }),
  )!;
  expect(broken.quality).toMatchObject({ score: undefined, band: 'unknown', sources: { loss: 'tcp' } });
  expect(broken.quality.penalties.rtt).toBe(0);
  expect(Object.entries(broken.tags)).toEqual([
    ['__proto__', 'b'],
    ['c', 'd'],
  ]);
  expect(Object.getPrototypeOf(broken.tags)).toBe(Object.prototype);
  expect(broken.address).toBe('10.0.0.1:1');
});
