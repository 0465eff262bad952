import type { GroupLook, StreamLook } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { behind } from './behind.ts';
import { groupTotals } from './group-totals.ts';

const group = (lag: number | undefined, lastDeliveredId: string): GroupLook => ({
  ...{ name: 'g', lag, pending: 1, oldestPendingAt: 1500, consumers: 1, idleMs: 9, lastDeliveredId },
});
const look = (...groups: GroupLook[]): StreamLook => ({
  ...{ length: 100, oldestAt: 1000, newestAt: 2000, entriesAdded: 500, bytes: 1, groups },
});

test.each([
  ['what Redis says', 7, '1500-0', 7],
  ['half of the stream', undefined, '1500-0', 50],
  ['all of it', undefined, '0-0', 100],
  ['nothing', undefined, '2000-5', 0],
])('a group is behind by %s', (_what, lag, last, expected) => {
  expect(behind(look(), group(lag, last))).toBe(expected);
});

test('an empty stream has nobody behind', () => {
  expect(
    behind({ ...look(), length: 0, oldestAt: undefined, newestAt: undefined }, group(undefined, '0-0')),
  ).toBe(0);
});

test('a lag nobody can tell is not told, but is reckoned with', () => {
  const totals = groupTotals([look(group(7, '1500-0')), look(group(undefined, '1500-0'))]);
  expect(totals).toMatchObject([{ name: 'g', lag: null, behind: 57, pending: 2, partitions: 2 }]);
});
