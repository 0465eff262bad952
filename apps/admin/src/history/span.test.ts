import { expect, test } from 'vitest';
import { spanOf } from './span.ts';

const now = 1_800_000_000_000;
const hourMs = 3_600_000;

test.each([
  // what is asked, nodes, then: roll-up, column in s, columns
  ['an hour', { rangeMs: hourMs, columns: 240 }, 3, '15s', 15, 240],
  ['a minute', { rangeMs: 60_000, columns: 240 }, 3, '15s', 15, 4],
  ['six hours', { rangeMs: 6 * hourMs, columns: 240 }, 3, '1m', 120, 180],
  ['six hours of 50 nodes', { rangeMs: 6 * hourMs, columns: 240 }, 50, '1m', 120, 180],
  ['a day', { rangeMs: 24 * hourMs, columns: 240 }, 3, '1m', 360, 240],
  ['a day of 50 nodes', { rangeMs: 24 * hourMs, columns: 240 }, 50, '10m', 600, 144],
  ['a month', { rangeMs: 720 * hourMs, columns: 240 }, 3, '10m', 10_800, 240],
  ['an hour in ten columns', { rangeMs: hourMs, columns: 10 }, 3, '1m', 360, 10],
])('%s', (_what, request, nodes, source, stepS, columns) => {
  const span = spanOf(request, nodes, now);
  expect(span).toMatchObject({ source, stepMs: stepS * 1000 });
  const count = Math.ceil((span.to - span.from) / span.stepMs);
  expect(count).toBeLessThanOrEqual(request.columns);
  expect(count).toBeGreaterThanOrEqual(columns - 1);
  expect([span.from % span.slotMs, span.to % span.slotMs]).toEqual([0, 0]);
});

test('an hour of last week is told from what is still kept', () => {
  const to = now - 7 * 24 * hourMs;
  expect(spanOf({ from: to - hourMs, to, rangeMs: 0, columns: 240 }, 3, now)).toMatchObject({
    source: '10m',
    stepMs: 600_000,
  });
});

test('the slot under way is left out, and columns keep their place while time goes on', () => {
  const early = spanOf({ rangeMs: hourMs, columns: 240 }, 1, now + 4000);
  const later = spanOf({ rangeMs: hourMs, columns: 240 }, 1, now + 17_000);
  expect(early.to).toBe(Math.floor((now + 1000) / 15_000) * 15_000);
  expect(later.to).toBe(early.to);
});

test.each([
  [{ from: 5 }],
  [{ to: 5 }],
  [{ from: 10, to: 10 }],
  [{ from: 10, to: 5 }],
  [{ from: 0, to: now }],
])('%j is no range', (limits) => {
  expect(() => spanOf({ ...limits, rangeMs: hourMs, columns: 240 }, 1, now)).toThrow(
    expect.objectContaining({ code: 'bad-range' }),
  );
});
