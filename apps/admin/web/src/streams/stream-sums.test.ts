import { expect, test } from 'vitest';
import { behindOf, slowestGroup } from './stream-sums.ts';

const group = (name: string, lag: number | null, pending = 0) => ({
  name,
  lag,
  pending,
  oldestPendingAt: null,
  consumers: 1,
  idleMs: 0,
  lastDeliveredId: '0-0',
});
test('shows the group that was chosen, else the one furthest behind', () => {
  const view = { groups: [group('a', 3), group('b', 2, 9), group('c', null)] };
  expect(behindOf(view, 'a')?.name).toBe('a');
  expect(behindOf(view, 'nobody')).toBeUndefined();
  expect(behindOf(view, undefined)?.name).toBe('c');
  expect(behindOf({ groups: view.groups.slice(0, 2) }, undefined)?.name).toBe('b');
  expect(behindOf({ groups: [] }, undefined)).toBeUndefined();
});

test('the pipeline follows a group that exists', () => {
  const groups = ['fast', 'slow'].map((name, i) => ({ ...group(name, i * 100), partitions: 16 }));
  expect(slowestGroup(groups, undefined)?.name).toBe('slow');
  expect(slowestGroup(groups, 'fast')?.name).toBe('fast');
  expect(slowestGroup(groups, 'gone')?.name).toBe('slow');
  expect(slowestGroup([], undefined)).toBeUndefined();
});
