import { devicesIn, emptyQualityBins, type RollUp } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { Counters } from '../../counters.ts';
import { SlotFigures } from './slot-figures.ts';
import { type Moment, RollUps } from './roll-ups.ts';
import { Increase, SessionLengths } from './session-lengths.ts';

/** A node with so many devices that stored one message. */
function momentOf(devices: number): Moment {
  const bins = emptyQualityBins();
  bins.classes.standard.bins[20] = devices;
  const gauges = { connections: devices, loopDelayMs: 1, rssBytes: 100, redisLatencyMs: 2 };
  return { bins, figures: { ...gauges, messagesIn: 1, stored: 1, bytesIn: 10, connects: 0, disconnects: 0 } };
}

/** Every second from `from` to `to` (Unix ms) such a moment; what was rolled up. */
function run(rollUps: RollUps, from: number, to: number, devices = 30): RollUp[] {
  const all: RollUp[] = [];
  for (let now = from; now <= to; now += 1000) all.push(...rollUps.add(momentOf(devices), 1000, now));
  return all;
}

const hour = 3_600_000 * 480_000; // some full hour

test('slots end at multiples of their step, with averages and counts', () => {
  const ended = run(new RollUps(), hour, hour + 60_000);
  expect(ended.map(({ step, ts }) => [step, ts - hour])).toEqual([
    ['15s', 0],
    ['15s', 15_000],
    ['15s', 30_000],
    ['15s', 45_000],
    ['1m', 0],
  ]);
  const [, second, , , minute] = ended;
  expect(devicesIn(second!.bins)).toBeCloseTo(30);
  expect(second!.figures).toMatchObject({ stored: 15, bytesIn: 150 });
  expect(second!.figures.connections).toBeCloseTo(30);
  expect(devicesIn(minute!.bins)).toBeCloseTo(30);
  expect(minute!.figures.stored).toBe(61);
});

test('ten minutes are made of minutes', () => {
  const ended = run(new RollUps(), hour, hour + 1_200_000).filter(({ step }) => step === '10m');
  expect(ended.map(({ ts }) => ts - hour)).toEqual([0, 600_000]);
  expect(devicesIn(ended[1]!.bins)).toBeCloseTo(30);
  expect(ended[1]!.figures.stored).toBe(600);
});

test('the time before a node was there counts as nothing, so that nodes can be added', () => {
  const ended = run(new RollUps(), hour + 10_000, hour + 30_000);
  expect(devicesIn(ended[0]!.bins)).toBeCloseTo(12);
  expect(devicesIn(ended[1]!.bins)).toBeCloseTo(30);
});

test('a process that stood still counts for no more than there is', () => {
  const rollUps = new RollUps();
  run(rollUps, hour, hour + 5000);
  const [slot] = rollUps.add(momentOf(30), 120_000, hour + 125_000);
  expect(devicesIn(slot!.bins)).toBeCloseTo(30);
  expect(slot!.ts).toBe(hour);
});

test('what was counted is told once', () => {
  const counters = new Counters();
  counters.stored = 5;
  const figures = new SlotFigures(counters);
  counters.stored = 9;
  counters.messagesIn[1] = 3;
  expect(figures.take()).toMatchObject({ stored: 4, messagesIn: 3, connects: 0 });
  expect(figures.take()).toMatchObject({ stored: 0, messagesIn: 0 });
});

test('lengths of sessions are counted by bin, and told once to each who asks', () => {
  const lengths = new SessionLengths();
  const [one, other] = [new Increase(), new Increase()];
  lengths.ended(500);
  lengths.ended(70_000);
  expect(one.of(lengths.counts)).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  lengths.ended(500);
  expect(one.of(lengths.counts)[0]).toBe(1);
  expect(other.of(lengths.counts)[0]).toBe(2);
  expect(lengths.sumMs).toBe(71_000);
});
