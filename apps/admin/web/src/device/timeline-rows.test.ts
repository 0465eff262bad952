import type { TimelineEntry } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { lengthBars } from './session-bars.ts';
import { joinTimeline } from './timeline-rows.ts';

const entry = (id: string, at: number): TimelineEntry => ({
  id,
  at,
  kind: 'connected',
  by: 'device',
  reason: '',
  text: '',
  epoch: 1,
  node: '',
  facts: {},
});

test('what is told live and asked for stands there once, newest first', () => {
  const rows = joinTimeline([entry('3', 3), entry('2', 2)], [entry('2', 2), entry('1', 1)]);
  expect(rows.map(({ id }) => id)).toEqual(['3', '2', '1']);
});

test('bars show the lengths there are', () => {
  const bars = lengthBars({ boundsMs: [10_000, 60_000, 600_000], counts: [0, 4, 2, 0] });
  expect(bars).toEqual([
    { title: '10 s – 1 min', count: 4, share: 1 },
    { title: '1 min – 10 min', count: 2, share: 0.5 },
  ]);
  expect(lengthBars({ boundsMs: [10_000], counts: [1, 1] }).map(({ title }) => title)).toEqual([
    'under 10 s',
    'over 10 s',
  ]);
  expect(lengthBars({ boundsMs: [1], counts: [0, 0] })).toEqual([]);
});
