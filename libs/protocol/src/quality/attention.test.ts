import { describe, expect, test } from 'vitest';
import { randomNumbers } from '../testing/random-numbers.ts';
import { type AttentionFacts, attentionOf } from './attention.ts';

const facts = (over: Partial<AttentionFacts> = {}): AttentionFacts => ({
  ...{ score: 40, class: 'standard', messagesPerSecond: 1, bytesPerSecond: 100, flaps: 0 },
  ...over,
});

describe('attention', () => {
  test('is 1000 for a busy critical device with nothing left, and 0 for one that lost nothing', () => {
    expect(attentionOf(facts({ score: 0, class: 'critical', messagesPerSecond: 500 }))).toBe(1000);
    expect(attentionOf(facts({ score: 100, class: 'critical', messagesPerSecond: 500 }))).toBe(0);
  });

  test('puts a critical device before a standard one, and that before bulk', () => {
    const [critical, standard, bulk] = ['critical', 'standard', 'bulk'].map((name) =>
      attentionOf(facts({ class: name })),
    );
    expect(critical).toBeGreaterThan(standard!);
    expect(standard).toBeGreaterThan(bulk!);
    expect(attentionOf(facts({ class: 'constructor' }))).toBe(standard);
  });

  test('puts an unknown device between the troubled and the healthy ones', () => {
    const unknown = attentionOf(facts({ score: undefined }));
    expect(unknown).toBeGreaterThan(attentionOf(facts({ score: 95 })));
    expect(unknown).toBeLessThan(attentionOf(facts({ score: 74 })));
  });

  test('counts the trouble of a silent device at half', () => {
    const silent = facts({ score: 0, class: 'critical', messagesPerSecond: 0, bytesPerSecond: 0 });
    expect(attentionOf(silent)).toBe(500);
  });

  test('grows with load and reconnects, and is a whole number from 0 to 1000 whatever it is given', () => {
    const below = randomNumbers(21);
    const odd = [Number.NaN, -5, Number.POSITIVE_INFINITY];
    const draw = (): number => (below(10) === 0 ? odd[below(3)]! : below(1_000) / (1 + below(50)));
    for (let i = 0; i < 3_000; i += 1) {
      const drawn = facts({
        ...{ score: below(12) === 0 ? undefined : draw() / 10, class: below(2) === 0 ? 'bulk' : 'critical' },
        ...{ messagesPerSecond: draw(), bytesPerSecond: draw() * 100, flaps: draw() },
      });
      const attention = attentionOf(drawn);
      expect(Number.isInteger(attention) && attention >= 0 && attention <= 1_000).toBe(true);
      if (drawn.flaps >= 0) {
        expect(attentionOf({ ...drawn, flaps: drawn.flaps + 10 })).toBeGreaterThanOrEqual(attention);
      }
    }
  });
});
