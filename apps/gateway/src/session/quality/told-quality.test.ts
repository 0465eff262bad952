import type { Band, Penalties } from '@tributary/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { LinkMeter } from '../../quality/link-meter.ts';
import { FakeLink } from '../../testing/link.ts';
import { factsOf, ToldQuality } from './told-quality.ts';

const minute = 60_000;
const penalties: Penalties = { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 };
let meter: LinkMeter;

beforeEach(() => {
  const start = { class: 'standard', isSleepy: false, flaps: 0, faults: 0 } as const;
  const options = { monotonic: () => 1, pingIntervalMs: 10_000, noTrafficKeepAlives: 0 };
  meter = new LinkMeter(new FakeLink(), start, options);
});

function is(band: Band, score: number | undefined, rttMs?: number): void {
  meter.band = { ...meter.band, band };
  meter.score = { score, penalties, confidence: score === undefined ? 'none' : 'high', reasons: [] };
  meter.figures = {
    ...{ flaps: 0, errors: 0, stalledRatio: 0, lateRatio: 0, samples: 9, isSleepy: false, sources: {} },
    ...(rttMs === undefined ? {} : { rttMs }),
  };
}

/** What is told now, as if Redis took it. */
function tell(told: ToldQuality, nowMs: number): ReturnType<ToldQuality['telling']> {
  const answer = told.telling(meter, nowMs);
  told.told({ tell: answer, facts: factsOf(meter) }, nowMs);
  return answer;
}

describe('a band', () => {
  test('of a device nobody knew is told, and is no event while it is well', () => {
    const told = new ToldQuality('');
    is('unknown', undefined);
    expect(told.hasChangedBand(meter)).toBe(false);
    is('excellent', 100);
    expect(told.hasChangedBand(meter)).toBe(true);
    expect(tell(told, 0)).toBe('point');
    expect(told.hasChangedBand(meter)).toBe(false);
    is('fair', 60);
    expect(tell(told, 1)).toEqual({ previousBand: 'excellent' });
  });

  test('of a device nobody knew is an event when it is not well', () => {
    const told = new ToldQuality('');
    is('bad', 10);
    expect(tell(told, 0)).toEqual({ previousBand: 'unknown' });
  });

  test('that an earlier connection told is not told again', () => {
    const told = new ToldQuality('poor');
    is('unknown', undefined);
    expect(told.hasChangedBand(meter)).toBe(false);
    is('poor', 40);
    expect(told.hasChangedBand(meter)).toBe(false);
    is('excellent', 95);
    expect(tell(told, 0)).toEqual({ previousBand: 'poor' });
  });

  test('that is not known any more is a change, once it was known', () => {
    const told = new ToldQuality('good');
    is('good', 80);
    told.hasChangedBand(meter);
    is('unknown', undefined);
    expect(tell(told, 0)).toEqual({ previousBand: 'good' });
    expect(told.hasChangedBand(meter)).toBe(false);
  });

  test('stays to be told until it is', () => {
    const told = new ToldQuality('good');
    is('bad', 10);
    expect(told.telling(meter, 0)).toEqual({ previousBand: 'good' });
    expect(told.telling(meter, 1)).toEqual({ previousBand: 'good' });
  });
});

test('a point stands for ten points of score, or for two hours', () => {
  const told = new ToldQuality('good');
  is('good', 80);
  expect(tell(told, 0)).toBe('point');
  is('good', 71);
  expect(tell(told, minute)).toBe('record');
  is('good', 90);
  expect(tell(told, 2 * minute)).toBe('point');
  expect(tell(told, 121 * minute)).toBe('record');
  expect(tell(told, 123 * minute)).toBe('point');
  is('good', undefined);
  expect(tell(told, 400 * minute)).toBe('record');
});

test('a sample is news when the score moved, the round trip moved far, or a minute passed', () => {
  const told = new ToldQuality('');
  is('good', 80, 50);
  expect(told.isNews(meter, 0)).toBe(true);
  told.sampled(meter, 0);
  is('good', 80, 59);
  expect(told.isNews(meter, 1)).toBe(false);
  is('good', 80, 61);
  expect(told.isNews(meter, 1)).toBe(true);
  is('good', 80);
  expect(told.isNews(meter, 1)).toBe(true);
  is('good', 79, 50);
  expect(told.isNews(meter, 1)).toBe(true);
  is('good', 80, 50);
  expect(told.isNews(meter, minute - 1)).toBe(false);
  expect(told.isNews(meter, minute)).toBe(true);
  meter.zombie = 'half-open';
  expect(told.isNews(meter, 1)).toBe(true);
});

test('figures are told to a tenth of a millisecond and a ten-thousandth', () => {
  is('good', 80, 12.3456);
  meter.figures!.lossRatio = 0.123456;
  expect(factsOf(meter)).toMatchObject({ rttMs: 12.3, lossRatio: 0.1235, jitterMs: undefined });
});
