import { parseFilter } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { arrivalOf, departureOf, qualitySampleOf } from '../../testing/device-facts.ts';
import { FleetIndex } from '../fleet-index.ts';
import { matchDevices } from '../match-devices.ts';
import { worstGroups } from './worst-groups.ts';

const moment = { nowMs: 5000, at: 0 };
const groups = (index: FleetIndex, by?: string, q = '', limit = 10) =>
  worstGroups(index, { by, conditions: parseFilter(q).terms, limit }, moment);

/** 1,000 devices; of 200 with firmware 2.4.1 40 % are poor, of the others 4 %. Three devices of a model are all bad. */
function fleet(): FleetIndex {
  const index = new FleetIndex({ maxDevices: 10_000 });
  for (let i = 0; i < 1000; i++) {
    const isBadFirmware = i < 200;
    const isPoor = isBadFirmware ? i % 5 < 2 : i % 25 === 0;
    const tags = { fw: isBadFirmware ? '2.4.1' : '2.4.0', model: i >= 997 ? 'rare' : `m${i % 3}` };
    const address = `10.0.${i % 4}.1:1`;
    index.applyArrival(arrivalOf(`d${i}`, 1, { tags, node: `gw-${i % 2}.a`, address }));
    const penalties = { rtt: 5, jitter: 0, loss: 0, flaps: isPoor ? 60 : 0, errors: 0, stalls: 0 };
    const score = isPoor || i >= 997 ? 35 : 95;
    index.applyQualitySample(
      qualitySampleOf(`d${i}`, 1, { score, band: score < 50 ? 'poor' : 'excellent', penalties }),
      2000,
    );
  }
  return index;
}

test('the group that is worse than the rest beyond chance comes first, with its size and main cause', async () => {
  const index = fleet();
  const [worst] = await groups(index);
  expect(worst).toMatchObject({
    ...{ by: 'tag.fw', value: '2.4.1', size: 200, poorShare: 0.4, cause: 'flaps', q: 'fw:2.4.1' },
    bands: { poor: 80, excellent: 120 },
  });
  expect(worst!.restShare).toBeCloseTo(0.044, 3);
  expect(worst!.lift).toBeGreaterThan(5);
  expect(matchDevices(index, parseFilter(worst!.q).terms, 5000, 0)).toHaveLength(200);
});

test('three bad devices do not outrank a bad firmware: a group has at least twenty', async () => {
  expect(new Set((await groups(fleet(), 'tag.model')).map((group) => group.value))).toEqual(
    new Set(['m0', 'm1', 'm2']),
  );
});

test('without a kind only groups worse than the rest are told; with one, all of it', async () => {
  expect((await groups(fleet())).every((group) => group.lift > 1)).toBe(true);
  expect((await groups(fleet(), 'node')).map((group) => group.size)).toEqual([500, 500]);
  expect(await groups(fleet(), 'prefix')).toHaveLength(4);
  expect(await groups(fleet(), 'tag.nobody-has-it')).toEqual([]);
});

test('a fleet that is all one group has no worse part', async () => {
  expect(await groups(fleet(), 'protocol')).toMatchObject([
    { value: 'mqtt5', size: 1000, lift: 0, restShare: 0 },
  ]);
  expect(await groups(new FleetIndex({ maxDevices: 5 }))).toEqual([]);
});

test('only connected devices with a score count, within the filter', async () => {
  const index = fleet();
  for (let i = 0; i < 100; i++) index.applyDeparture(departureOf(`d${i}`, 1));
  expect(await groups(index, 'tag.fw', '', 1)).toMatchObject([{ value: '2.4.1', size: 100 }]);
  const filtered = await groups(index, 'tag.fw', 'node:gw-1');
  expect(new Set(filtered.map((group) => group.size))).toEqual(new Set([50, 400]));
  expect(filtered[0]!.q).toBe('node:gw-1 fw:2.4.1');
});

test('values that look like patterns or have blanks are found exactly by the filter told', async () => {
  const index = new FleetIndex({ maxDevices: 1000 });
  for (let i = 0; i < 60; i++) {
    const site = ['a*', 'ab', '" x|y'][i % 3]!;
    index.applyArrival(arrivalOf(`d${i}`, 1, { tags: { 'the site': site } }));
    index.applyQualitySample(qualitySampleOf(`d${i}`, 1), 2000);
  }
  for (const group of await groups(index, 'tag.the site')) {
    expect(matchDevices(index, parseFilter(group.q).terms, 0, 0), group.q).toHaveLength(20);
  }
});
