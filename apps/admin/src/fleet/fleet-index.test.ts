import { decodeSpark } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import {
  arrivalOf as arrival,
  departureOf as departure,
  qualitySampleOf,
  recordOf as record,
} from '../testing/device-facts.ts';
import { FleetIndex, nodeLostUnknownMs } from './fleet-index.ts';

const make = (maxDevices = 1_000_000): FleetIndex => new FleetIndex({ maxDevices });
const rowOf = (index: FleetIndex, id: string, nowMs = 10_000, at = 0) =>
  index.row(index.slotOf(id)!, nowMs, at);

test('a late close of an older epoch never marks a device offline', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyArrival(arrival('d', 2, { node: 'gw-2.b' }));
  index.applyDeparture(departure('d', 1));
  expect(rowOf(index, 'd')).toMatchObject({ state: 'connected', node: 'gw-2.b' });
});

test('events that the snapshot already tells of change nothing', () => {
  const index = make();
  index.applyRecord('d', record({ online: false, epoch: 5, reason: 'kicked', disconnectedAt: 5500 }));
  const { revision } = index;
  index.applyArrival(arrival('d', 5));
  index.applyDeparture(departure('d', 5));
  expect(rowOf(index, 'd')).toMatchObject({ state: 'offline', reason: 'kicked', messages: 107 });
  expect(index.revision).toBe(revision);
});

test('a device that is raised is of its new class, as long as it speaks under the same epoch', () => {
  const index = make();
  index.applyArrival(arrival('d', 2, { class: 'bulk' }));
  const { revision } = index;
  const change = { device: 'd', ts: 5, node: 'gw-1.a', class: 'critical' };
  for (const epoch of [1, 3]) index.applyClass({ ...change, epoch });
  expect([rowOf(index, 'd').class, index.revision]).toEqual(['bulk', revision]);
  index.applyClass({ ...change, epoch: 2 });
  expect(rowOf(index, 'd').class).toBe('critical');
  expect(index.revision).toBeGreaterThan(revision);
  index.applyArrival(arrival('d', 3, { class: 'bulk' }));
  expect(rowOf(index, 'd').class).toBe('bulk');
});

test('totals of finished epochs add up with the current one', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applyDeparture(departure('d', 5, { messages: 10, bytes: 100 }));
  expect(rowOf(index, 'd').messages).toBe(110);
  index.applyArrival(arrival('d', 6));
  index.applySample({ id: 'd', epoch: 6, messages: 4, bytes: 40, lastSeen: 6900 }, 8000, 0);
  expect(rowOf(index, 'd').messages).toBe(114);
  expect(index.detail(index.slotOf('d')!, 10_000, 0)).toMatchObject({
    connects: 5,
    bytes: 1140,
    epochMessages: 4,
  });
});

test('the rate is what was gained between two samples, and falls to 0 when no sample comes', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applySample({ id: 'd', epoch: 1, messages: 20, bytes: 0, lastSeen: 0 }, 3000, 100);
  expect(rowOf(index, 'd', 0, 200).rate).toBe(10);
  index.applySample({ id: 'd', epoch: 1, messages: 30, bytes: 0, lastSeen: 0 }, 5000, 2100);
  expect(rowOf(index, 'd', 0, 2200).rate).toBe(5);
  expect(rowOf(index, 'd', 0, 2100 + 6000).rate).toBe(0);
});

test('a few messages in the moment of connecting are no rate of hundreds', () => {
  const index = make();
  index.applyArrival(arrival('d', 1, { ts: 1000 }));
  index.applySample({ id: 'd', epoch: 1, messages: 4, bytes: 40, lastSeen: 1010 }, 1010, 100);
  expect(rowOf(index, 'd', 0, 100).rate).toBe(4);
});

test('a rare sender keeps its rate until twice its interval has passed', () => {
  const index = make();
  index.applyArrival(arrival('d', 1, { ts: 0 }));
  index.applySample({ id: 'd', epoch: 1, messages: 1, bytes: 0, lastSeen: 0 }, 60_000, 0);
  expect(rowOf(index, 'd', 0, 119_000).rate).toBeCloseTo(0.017, 3);
  expect(rowOf(index, 'd', 0, 121_000).rate).toBe(0);
});

test('a device known from the snapshot has no rate before its second sample', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applySample({ id: 'd', epoch: 5, messages: 5000, bytes: 0, lastSeen: 0 }, 3000, 0);
  expect(rowOf(index, 'd').rate).toBe(0);
  index.applySample({ id: 'd', epoch: 5, messages: 5010, bytes: 0, lastSeen: 0 }, 5000, 0);
  expect(rowOf(index, 'd').rate).toBe(5);
});

test('samples of another epoch and counters that fall are ignored', () => {
  const index = make();
  index.applyRecord('d', record());
  index.applySample({ id: 'd', epoch: 4, messages: 900, bytes: 0, lastSeen: 0 }, 3000, 0);
  index.applySample({ id: 'd', epoch: 5, messages: 3, bytes: 0, lastSeen: 0 }, 4000, 0);
  expect(rowOf(index, 'd')).toMatchObject({ messages: 107, rate: 0 });
});

test('devices of a silent node are unknown, never offline, and come back with the node', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.setSilent((node) => node === 'gw-1.a');
  expect(rowOf(index, 'd')).toMatchObject({ state: 'unknown', reason: 'node-silent' });
  expect(index.countStates(0)).toEqual({ connected: 0, offline: 0, unknown: 1 });
  index.setSilent(() => false);
  expect(rowOf(index, 'd')).toMatchObject({ state: 'connected', reason: '' });
});

test('a device lost with its node is unknown for fifteen minutes, then offline', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyDeparture(departure('d', 1, { reason: 'node-lost', ts: 2000, by: 'gateway' }));
  expect(rowOf(index, 'd', 2000 + nodeLostUnknownMs - 1)).toMatchObject({
    state: 'unknown',
    reason: 'node-lost',
  });
  expect(rowOf(index, 'd', 2000 + nodeLostUnknownMs)).toMatchObject({
    state: 'offline',
    reason: 'node-lost',
  });
});

test('a forgotten slot is used again and the order of ids stays right', () => {
  const index = make();
  for (const id of ['b', 'a', 'c']) index.applyArrival(arrival(id, 1));
  index.remove('a');
  index.applyArrival(arrival('z', 1));
  expect(Array.from(index.order.slots(), (slot) => index.columns.id[slot])).toEqual(['b', 'c', 'z']);
  expect(rowOf(index, 'z').messages).toBe(0);
});

test('more devices than allowed are left out and it says so, also when there is room again for others', () => {
  const index = make(2);
  for (const id of ['a', 'b', 'c']) index.applyArrival(arrival(id, 1));
  expect(index.size).toBe(2);
  expect(index.isFull).toBe(true);
  index.remove('a');
  expect([index.has('c'), index.isFull]).toEqual([false, true]);
});

test('columns grow without losing what they hold', () => {
  const index = make();
  for (let i = 0; i < 5000; i++) index.applyArrival(arrival(`d${i}`, i + 1));
  expect(rowOf(index, 'd7')).toMatchObject({ connectedAt: 8000, state: 'connected' });
  expect(index.countStates(0).connected).toBe(5000);
});

test('a device is as good as its newest sample of this epoch says', () => {
  const index = make();
  index.applyArrival(arrival('d', 2, { class: 'critical' }));
  expect(rowOf(index, 'd')).toMatchObject({ score: null, band: 'unknown', cause: null, confidence: 'none' });
  index.applyQualitySample(qualitySampleOf('d', 2), 5000);
  expect(rowOf(index, 'd')).toMatchObject({
    ...{ score: 80, band: 'good', cause: 'rtt', confidence: 'high', flaps: 1, attention: 120 },
    ...{ rttMs: 181, jitterMs: 70, lossRatio: 0.001 },
  });
  index.applyQualitySample(qualitySampleOf('d', 1, { score: 3 }), 6000);
  index.applyQualitySample(qualitySampleOf('d', 2, { score: 4 }), 4000);
  expect(rowOf(index, 'd').score).toBe(80);
  expect(index.detail(index.slotOf('d')!, 0, 0)).toMatchObject({
    penalties: { rtt: 15, jitter: 5, loss: 0 },
    sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' },
    qualityAt: 5000,
  });
});

test('a band change takes effect before the next sample, and what it does not tell stays', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyQualitySample(qualitySampleOf('d', 1, { zombie: 'no-traffic' }), 5000);
  const { sources: _, zombie: __, flaps: ___, clientId: ____, ...change } = qualitySampleOf('d', 1);
  index.applyQualityChange({ ...change, device: 'd', score: 20, band: 'bad', ts: 6000 });
  expect(rowOf(index, 'd')).toMatchObject({ score: 20, band: 'bad', zombie: 'no-traffic', flaps: 1 });
  index.applyQualityChange({ ...change, device: 'd', epoch: 9, score: 1, ts: 7000 });
  index.applyQualityChange({ ...change, device: 'nobody', ts: 7000 });
  expect(rowOf(index, 'd').score).toBe(20);
});

test('a clock that was set back does not stop the news', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  index.applyQualitySample(qualitySampleOf('d', 1), 9_000_000);
  index.applyQualitySample(qualitySampleOf('d', 1, { score: 30 }), 5_000_000);
  expect(rowOf(index, 'd').score).toBe(30);
});

test('of a device that is away, behind a silent node or newly connected no quality is known', () => {
  const index = make();
  const unknown = { score: null, band: 'unknown', rttMs: null, attention: 0 };
  index.applyRecord('away', record({ online: false }));
  index.applyRecord('d', record());
  expect(rowOf(index, 'away')).toMatchObject(unknown);
  expect(rowOf(index, 'd')).toMatchObject({ score: 80 });
  index.setSilent(() => true);
  expect(rowOf(index, 'd')).toMatchObject(unknown);
  expect(index.quality(0).bands.good).toBe(0);
  index.setSilent(() => false);
  index.applyArrival(arrival('d', 6));
  expect(rowOf(index, 'd')).toMatchObject({ score: null, band: 'unknown', flaps: 1 });
});

test('the figures of the fleet count connected devices, and the points they lost', () => {
  const index = make();
  for (let i = 0; i < 100; i++) {
    index.applyArrival(arrival(`d${i}`, 1));
    const penalties = { rtt: i, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };
    if (i < 60) index.applyQualitySample(qualitySampleOf(`d${i}`, 1, { score: 100 - i, penalties }), 5000);
  }
  index.applyRecord('away', record({ online: false }));
  expect(index.quality(0)).toEqual({
    bands: { excellent: 0, good: 60, fair: 0, poor: 0, bad: 0, unknown: 40 },
    scored: 60,
    p5: 44,
    goodShare: 0.433,
    lost: { rtt: 29.5, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
  });
  index.applyDeparture(departure('d0', 1));
  expect(index.quality(500).scored).toBe(60);
  expect(index.quality(1000).scored).toBe(59);
});

test('a sparkline is what the score was every 15 s, and survives a new snapshot', () => {
  const index = make();
  index.applyArrival(arrival('d', 1));
  expect(rowOf(index, 'd').spark).toBe('');
  for (const score of [80, 60, 40]) {
    index.applyQualitySample(qualitySampleOf('d', 1, { score }), 9000 - score);
    index.noteScores();
    index.noteScores();
  }
  const expected = [...Array<undefined>(34).fill(undefined), 80, 80, 60, 60, 40, 40];
  expect(decodeSpark(rowOf(index, 'd').spark)).toEqual(expected);
  const next = make();
  next.applyRecord('other', record());
  next.applyRecord('d', record());
  next.inheritSparks(index);
  expect(decodeSpark(rowOf(next, 'd').spark)).toEqual(expected);
  expect(rowOf(next, 'other').spark).toBe('');
  for (let i = 0; i < 40; i++) next.noteScores();
  expect(new Set(decodeSpark(rowOf(next, 'd').spark))).toEqual(new Set([80]));
});

test('tags are those of the newest connection, whatever they are called', () => {
  const index = make();
  const tags = Object.fromEntries([
    ['site', 'berlin'],
    ['__proto__', 'x'],
  ]);
  index.applyArrival(arrival('d', 1, { tags }));
  expect(Object.entries(rowOf(index, 'd').tags)).toEqual(Object.entries(tags));
  index.applyArrival(arrival('d', 2, { tags: { fw: '2.4.1' } }));
  expect(rowOf(index, 'd').tags).toEqual({ fw: '2.4.1' });
  expect(index.tags.keys).toEqual(['fw']);
  index.remove('d');
  expect(index.tags.keys).toEqual([]);
});

test('devices behind one address are counted while they are connected', () => {
  const index = make();
  for (const [i, address] of ['10.0.0.9:1', '10.0.0.9:2', '[::ffff:10.0.0.9]:3', '10.0.0.8:1', ''].entries())
    index.applyArrival(arrival(`d${i}`, 1, { address }));
  index.applyDeparture(departure('d1', 1));
  const behind = (id: string): number => index.detail(index.slotOf(id)!, 0, 0).behindAddress;
  expect(['d0', 'd3', 'd4'].map(behind)).toEqual([2, 1, 0]);
});
