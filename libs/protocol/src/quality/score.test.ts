import { describe, expect, test } from 'vitest';
import { linkFigures, passiveFigures, randomFigures } from '../testing/link-figures.ts';
import { randomNumbers } from '../testing/random-numbers.ts';
import type { LinkFigures } from './figures.ts';
import { requirementOf, requirements } from './requirements.ts';
import { minSamples, type Score, scoreOf, settledSamples } from './score.ts';
import { causes, serviceClasses } from './vocabulary.ts';

const cases = 3_000;
const { standard } = requirements;
const lost = ({ penalties }: Score): number => causes.reduce((sum, cause) => sum + penalties[cause], 0);

/** Many figures and a requirement each, the same on every run. */
function* draws(seed: number) {
  const below = randomNumbers(seed);
  for (let i = 0; i < cases; i += 1) {
    const name = serviceClasses[below(serviceClasses.length)]!;
    yield { figures: randomFigures(below), requirement: requirements[name], below };
  }
}

/** The same figures with one of them worse. */
const worse: Record<string, (figures: LinkFigures, by: number) => Partial<LinkFigures>> = {
  rtt: ({ rttMs = 0 }, by) => ({ rttMs: rttMs + by }),
  jitter: ({ jitterMs = 0, rttMs = 0 }, by) => ({ rttMs, jitterMs: jitterMs + by }),
  loss: ({ lossRatio = 0 }, by) => ({ lossRatio: Math.min(1, lossRatio + by / 1_000) }),
  flaps: ({ flaps }, by) => ({ flaps: flaps + by }),
  errors: ({ errors }, by) => ({ errors: errors + by }),
  stalled: ({ stalledRatio }, by) => ({ stalledRatio: Math.min(1, stalledRatio + by / 100) }),
  late: ({ lateRatio }, by) => ({ lateRatio: lateRatio + by / 100 }),
};

describe('a score', () => {
  test('is 100 for a perfect link of every class', () => {
    for (const name of serviceClasses) {
      const { score, reasons, confidence } = scoreOf(linkFigures(), requirements[name]);
      expect([score, reasons, confidence]).toEqual([100, [], 'high']);
    }
  });

  test('and its penalties are whole points that make exactly 100', () => {
    let full = 0;
    for (const { figures, requirement } of draws(1)) {
      const result = scoreOf(figures, requirement);
      for (const cause of causes) {
        const points = result.penalties[cause];
        expect(Number.isInteger(points) && points >= 0 && points <= requirement[cause].points).toBe(true);
      }
      if (result.score === undefined) continue;
      expect(result.score + lost(result)).toBe(100);
      expect(result.score).toBeGreaterThanOrEqual(0);
      if (result.score === 0) full += 1;
    }
    expect(full).toBeGreaterThan(20); // the draws must reach the end where penalties are scaled
  });

  test('shares 100 points by largest remainder when the penalties come to more', () => {
    const worst = linkFigures({
      ...{ rttMs: 9_000, jitterMs: 900, lossRatio: 1, flaps: 99, errors: 99, stalledRatio: 1 },
    });
    const { score, penalties } = scoreOf(worst, standard); // 70 + 15 + 35 + 60 + 40 + 40 = 260
    expect(score).toBe(0);
    expect(penalties).toEqual({ rtt: 27, jitter: 6, loss: 14, flaps: 23, errors: 15, stalls: 15 });
  });

  test.each(Object.keys(worse))('never grows when the %s gets worse', (name) => {
    for (const { figures, requirement, below } of draws(2)) {
      const before = scoreOf(figures, requirement);
      const after = scoreOf({ ...figures, ...worse[name]!(figures, 1 + below(200)) }, requirement);
      if (before.score === undefined || after.score === undefined) continue;
      expect(after.score).toBeLessThanOrEqual(before.score);
    }
  });

  test('asks most of a critical device and least of a bulk one', () => {
    for (const { figures } of draws(3)) {
      const { critical, bulk } = requirements;
      const [most, middle, least] = [critical, standard, bulk].map((of) => scoreOf(figures, of).score);
      if (most === undefined || middle === undefined || least === undefined) continue;
      expect(most).toBeLessThanOrEqual(middle);
      expect(middle).toBeLessThanOrEqual(least);
    }
  });

  test('names its reasons largest first, and only those that took points', () => {
    for (const { figures, requirement } of draws(4)) {
      const { reasons, penalties } = scoreOf(figures, requirement);
      const points = reasons.map((cause) => penalties[cause]);
      expect(points).toEqual(points.toSorted((one, other) => other - one));
      expect(reasons.toSorted()).toEqual(causes.filter((cause) => penalties[cause] > 0).toSorted());
    }
  });

  test('charges a device that is stalled and late for the worse of the two', () => {
    const of = (figures: Partial<LinkFigures>): number | undefined =>
      scoreOf(linkFigures(figures), standard).score;
    expect(of({ stalledRatio: 0.3, lateRatio: 0.2 })).toBe(of({ stalledRatio: 0.3 }));
    expect(of({ stalledRatio: 0.2, lateRatio: 0.3 })).toBe(of({ lateRatio: 0.3 }));
    expect(of({ stalledRatio: 0.3 })).toBe(80);
  });

  test('takes the class of an unknown name as standard', () => {
    expect(requirementOf('bulk')).toBe(requirements.bulk);
    for (const name of ['', 'gold', 'constructor', '__proto__']) expect(requirementOf(name)).toBe(standard);
  });
});

describe('a sleepy device', () => {
  test('loses nothing for reconnects, silence and lateness', () => {
    const trouble = { flaps: 30, lateRatio: 0.5, stalledRatio: 0.9 };
    expect(scoreOf(linkFigures(trouble), standard).score).toBe(0);
    expect(scoreOf(linkFigures({ ...trouble, isSleepy: true }), standard).score).toBe(100);
  });

  test('never scores below the same device that does not sleep', () => {
    for (const { figures, requirement } of draws(5)) {
      const awake = scoreOf({ ...figures, isSleepy: false }, requirement).score;
      const sleepy = scoreOf({ ...figures, isSleepy: true }, requirement).score;
      if (awake !== undefined && sleepy !== undefined) expect(sleepy).toBeGreaterThanOrEqual(awake);
    }
  });

  test('still loses points for its round trip and its errors', () => {
    const { reasons } = scoreOf(linkFigures({ isSleepy: true, rttMs: 400, errors: 5 }), standard);
    expect(reasons).toEqual(['rtt', 'errors']);
  });
});

describe('an unknown score', () => {
  const isUnknown = ({ score, penalties, reasons, confidence }: Score): boolean =>
    score === undefined &&
    reasons.length === 0 &&
    confidence === 'none' &&
    Object.values(penalties).every((points) => points === 0);

  test.each<[string, Partial<LinkFigures>]>([
    ['a round trip that is no number', { rttMs: Number.NaN }],
    ['an endless round trip', { rttMs: Number.POSITIVE_INFINITY }],
    ['a negative round trip (the clock jumped)', { rttMs: -1 }],
    ['a negative jitter', { jitterMs: -0.1 }],
    ['more segments lost than sent (a counter began anew)', { lossRatio: 1.01 }],
    ['a negative loss (a counter ran backwards)', { lossRatio: -0.01 }],
    ['reconnects below none', { flaps: -1 }],
    ['half an error', { errors: 0.5 }],
    ['a socket stalled longer than the window', { stalledRatio: 1.2 }],
    ['lateness that is no number', { lateRatio: Number.NaN }],
    ['lateness below none', { lateRatio: -0.1 }],
    ['a socket stalled for less than no time', { stalledRatio: -0.1 }],
    ['a sample count that is no number', { samples: Number.NaN }],
  ])('is the answer to %s', (_, over) => {
    expect(isUnknown(scoreOf(linkFigures(over), standard))).toBe(true);
  });

  test('is the answer to a jitter without a round trip', () => {
    expect(isUnknown(scoreOf(passiveFigures({ jitterMs: 4 }), standard))).toBe(true);
  });

  test('is the answer to too few samples of a link without trouble', () => {
    for (let samples = 0; samples < minSamples; samples += 1) {
      expect(isUnknown(scoreOf(linkFigures({ samples, rttMs: 5_000 }), standard))).toBe(true);
      expect(isUnknown(scoreOf(passiveFigures({ samples }), standard))).toBe(true);
    }
  });

  test('is never given with anything but confidence none, and none never with a score', () => {
    for (const { figures, requirement } of draws(6)) {
      const result = scoreOf(figures, requirement);
      expect(isUnknown(result)).toBe(result.score === undefined);
      expect(result.confidence === 'none').toBe(result.score === undefined);
    }
  });
});

describe('confidence', () => {
  test('is high with round trip, jitter and loss, medium with a round trip, low while it settles', () => {
    const { lossRatio: _, ...withoutLoss } = linkFigures();
    expect(scoreOf(linkFigures(), standard).confidence).toBe('high');
    expect(scoreOf(withoutLoss, standard).confidence).toBe('medium');
    expect(scoreOf(linkFigures({ samples: settledSamples }), standard).confidence).toBe('high');
    expect(scoreOf(linkFigures({ samples: settledSamples - 1 }), standard).confidence).toBe('low');
    expect(scoreOf(linkFigures({ samples: minSamples }), standard).confidence).toBe('low');
  });

  test('is low when nothing was measured but what came by itself', () => {
    const { score, confidence } = scoreOf(passiveFigures({ samples: 20, lateRatio: 0.5 }), standard);
    expect([score, confidence]).toEqual([60, 'low']);
    const healthy = scoreOf(passiveFigures({ samples: minSamples }), standard);
    expect([healthy.score, healthy.confidence]).toEqual([100, 'low']);
  });

  test('is low for trouble seen before anything was measured', () => {
    const { score, confidence, reasons } = scoreOf(passiveFigures({ samples: 0, flaps: 12 }), standard);
    expect([score, confidence, reasons]).toEqual([40, 'low', ['flaps']]);
  });
});
