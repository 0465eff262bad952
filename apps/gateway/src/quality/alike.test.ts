import type { LinkFigures, Score } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { isAlike, isSameScore, refreshed } from './alike.ts';

const figures = (differs: Partial<LinkFigures> = {}): LinkFigures => ({
  rttMs: 40,
  jitterMs: 2,
  flaps: 0,
  errors: 0,
  stalledRatio: 0,
  lateRatio: 0,
  samples: 20,
  isSleepy: false,
  sources: { rtt: 'tcp', jitter: 'tcp' },
  ...differs,
});

describe('two windows', () => {
  test('are alike while the round trip moves by less than half a millisecond', () => {
    expect(isAlike(figures(), figures({ rttMs: 40.4 }))).toBe(true);
    expect(isAlike(figures(), figures({ rttMs: 40.6 }))).toBe(false);
  });

  test('are not alike when one knows what the other does not', () => {
    expect(isAlike(figures(), figures({ lossRatio: 0 }))).toBe(false);
  });
});

describe('the figures of a new window', () => {
  test('stand in the object of those before when both know the same', () => {
    const kept = figures();
    const { sources } = kept;
    const fresh = figures({ rttMs: 300, flaps: 2, samples: 21 });
    expect(refreshed(kept, fresh)).toBe(kept);
    expect(kept).toEqual(fresh);
    expect(kept.sources).toBe(sources);
  });

  test.each([
    ['a figure more', figures({ lossRatio: 0.1, sources: { rtt: 'tcp', jitter: 'tcp', loss: 'tcp' } })],
    ['another source', figures({ sources: { rtt: 'ws-ping', jitter: 'ws-ping' } })],
  ])('take their place with %s', (_what, fresh) => {
    expect(refreshed(figures(), fresh)).toBe(fresh);
  });

  test('leave nothing of those before: what is not known any more is gone', () => {
    const { rttMs: _rtt, jitterMs: _jitter, ...rest } = figures({ sources: {} });
    expect(refreshed(figures(), rest)).toEqual(rest);
  });
});

test('scores are the same point by point, not by their sum', () => {
  const score = (rtt: number, jitter: number): Score => ({
    score: 80,
    penalties: { rtt, jitter, loss: 0, flaps: 0, errors: 0, stalls: 0 },
    confidence: 'high',
    reasons: [],
  });
  expect(isSameScore(score(20, 0), score(20, 0))).toBe(true);
  expect(isSameScore(score(20, 0), score(10, 10))).toBe(false);
  expect(isSameScore(score(20, 0), { ...score(20, 0), confidence: 'medium' })).toBe(false);
});
