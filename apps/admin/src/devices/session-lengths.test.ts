import { expect, test } from 'vitest';
import { sessionLengths } from './session-lengths.ts';

const line = (fields: Record<string, string | number>) => ({
  id: '1-0',
  fields: new Map(Object.entries(fields).map(([name, value]) => [name, String(value)])),
});

test('connections by length: those that ended, and those that were taken over', () => {
  const lines = [
    line({ kind: 'connected', ts: 0 }),
    line({ kind: 'superseded', ts: 5000 }),
    line({ kind: 'point', ts: 6000 }),
    line({ kind: 'superseded', ts: 65_000 }),
    line({ kind: 'disconnected', ts: 65_400, durationMs: 400 }),
    line({ kind: 'disconnected', ts: 70_000, durationMs: 'soon' }),
    line({ kind: 'connected', ts: 80_000 }),
  ];
  expect(sessionLengths(lines.toReversed()).counts).toEqual([1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('the first line that is kept may be a takeover of nobody knows what', () => {
  const { counts } = sessionLengths([line({ kind: 'superseded', ts: 5000 })]);
  expect(counts.every((count) => count === 0)).toBe(true);
});
