import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { FakeLink } from '../testing/link.ts';
import { LinkMeter } from './link-meter.ts';
import { Sampler, samplerTickMs } from './sampler.ts';
import { Tally } from './tally.ts';

const clock = new ManualClock();
const monotonic = (): number => clock.monotonic() + 1;

function meterOf(): LinkMeter {
  const start = { class: 'standard', isSleepy: false, flaps: 0, faults: 0 } as const;
  return new LinkMeter(new FakeLink(), start, { monotonic, pingIntervalMs: 10_000, noTrafficKeepAlives: 0 });
}

/** A sampler that counts its visits, tick by tick. */
function sampling(): {
  sampler: Sampler;
  visits: Map<LinkMeter, number>;
  perTick: number[];
  pass: (ms: number) => void;
} {
  const visits = new Map<LinkMeter, number>();
  const perTick: number[] = [];
  const onVisited = (meter: LinkMeter): void => {
    visits.set(meter, (visits.get(meter) ?? 0) + 1);
    perTick[perTick.length - 1]!++;
  };
  const sampler = new Sampler({ monotonic, tcpInfo: () => undefined, onVisited });
  sampler.start();
  sampler.stop(); // ticks come from the test
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= samplerTickMs) {
      clock.advance(samplerTickMs);
      perTick.push(0);
      sampler.tick();
    }
  };
  return { sampler, visits, perTick, pass };
}

test('every connection is looked at once in each window, a bounded slice at a time', () => {
  const { sampler, visits, perTick, pass } = sampling();
  const meters = Array.from({ length: 1000 }, meterOf);
  for (const meter of meters) sampler.add(meter);
  pass(20_000);
  expect(meters.map((meter) => visits.get(meter))).toEqual(meters.map(() => 4));
  expect(Math.max(...perTick)).toBe(1000 / 50);
});

test('a connection that is gone is not looked at, and costs the others nothing', () => {
  const { sampler, visits, pass } = sampling();
  const meters = Array.from({ length: 500 }, meterOf);
  for (const meter of meters) sampler.add(meter);
  for (const meter of meters.filter((_, i) => i % 3 === 0)) sampler.remove(meter);
  for (const meter of meters.filter((_, i) => i % 3 === 0)) sampler.remove(meter);
  pass(5_000);
  expect(meters.map((meter) => visits.get(meter) ?? 0)).toEqual(meters.map((_, i) => (i % 3 === 0 ? 0 : 1)));
});

test('after a stall it goes on without making up for all of it', () => {
  const { sampler, perTick, pass } = sampling();
  for (let i = 0; i < 500; i++) sampler.add(meterOf());
  clock.advance(60_000);
  pass(samplerTickMs);
  expect(perTick.at(-1)).toBeLessThanOrEqual(30);
  pass(5_000);
  expect(perTick.reduce((sum, count) => sum + count, 0)).toBeLessThan(600);
});

test('the tally follows each device, and forgets it', () => {
  const tally = new Tally();
  const zeros = structuredClone({ classes: tally.classes, bands: tally.bands });
  const meter = meterOf();
  tally.update(meter);
  expect(tally.bands.unknown).toBe(1);
  meter.score = {
    score: 60,
    penalties: { rtt: 30, jitter: 0, loss: 10, flaps: 0, errors: 0, stalls: 0 },
    confidence: 'high',
    reasons: ['rtt', 'loss'],
  };
  meter.band = { ...meter.band, band: 'fair' };
  meter.figures = {
    rttMs: 200,
    flaps: 0,
    errors: 0,
    stalledRatio: 0,
    lateRatio: 0,
    samples: 9,
    isSleepy: false,
    sources: {},
  };
  tally.update(meter);
  tally.update(meter);
  expect(tally.bands).toMatchObject({ unknown: 0, fair: 1 });
  expect(tally.classes.standard.scores[60]).toBe(1);
  expect(tally.classes.standard.lost).toEqual([30, 0, 10, 0, 0, 0]);
  expect(tally.rttCount).toBe(1);
  expect(tally.rttQuantile(0.5)).toBeGreaterThan(150);
  expect(tally.rttQuantile(0.95)).toBeLessThan(250);
  meter.class = 'critical';
  tally.update(meter);
  expect(tally.classes.standard).toEqual(zeros.classes.standard);
  expect(tally.classes.critical.scores.reduce((sum, count) => sum + count, 0)).toBe(1);
  tally.remove(meter);
  tally.remove(meter);
  expect({ classes: tally.classes, bands: tally.bands }).toEqual(zeros);
  expect(tally.rttQuantile(0.5)).toBe(0);
});

test('round trips are told by their share of the devices', () => {
  const tally = new Tally();
  for (let ms = 1; ms <= 100; ms++) {
    const meter = meterOf();
    meter.figures = {
      rttMs: ms,
      flaps: 0,
      errors: 0,
      stalledRatio: 0,
      lateRatio: 0,
      samples: 9,
      isSleepy: false,
      sources: {},
    };
    tally.update(meter);
  }
  expect(tally.rttQuantile(0.5)).toBeGreaterThan(42);
  expect(tally.rttQuantile(0.5)).toBeLessThan(60);
  expect(tally.rttQuantile(0.95)).toBeGreaterThan(85);
  expect(tally.rttQuantile(0.95)).toBeLessThan(115);
});
