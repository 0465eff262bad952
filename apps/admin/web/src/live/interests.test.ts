import { feedRequestSchema } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { Interests } from './interests.ts';

const make = () => {
  let changes = 0;
  const interests = new Interests(() => changes++);
  return { interests, changes: () => changes };
};

test('the summary is always wanted, the rest for as long as somebody holds it', () => {
  const { interests, changes } = make();
  const release = interests.add({ ch: 'nodes' });
  interests.add({ ch: 'problems' });
  expect(interests.wanted(false)).toEqual([{ ch: 'fleet' }, { ch: 'nodes' }, { ch: 'problems' }]);
  release();
  release();
  expect(interests.wanted(false)).toEqual([{ ch: 'fleet' }, { ch: 'problems' }]);
  expect(changes()).toBe(3);
});

test('two holders of one channel are one subscription, and one may leave', () => {
  const { interests } = make();
  const first = interests.add({ ch: 'nodes' });
  interests.add({ ch: 'nodes' });
  first();
  expect(interests.wanted(false)).toEqual([{ ch: 'fleet' }, { ch: 'nodes' }]);
});

test('rows of several views are joined, at most 200; no rows are no subscription', () => {
  const { interests } = make();
  interests.add({ ch: 'rows', ids: [] });
  expect(interests.wanted(false)).toEqual([{ ch: 'fleet' }]);
  interests.add({ ch: 'rows', ids: ['a', 'b'] });
  interests.add({ ch: 'rows', ids: ['b', 'c'] });
  expect(interests.wanted(false)[1]).toEqual({ ch: 'rows', ids: ['a', 'b', 'c'] });
  interests.add({ ch: 'rows', ids: Array.from({ length: 300 }, (_, i) => `d${i}`) });
  expect((interests.wanted(false)[1] as { ids: string[] }).ids).toHaveLength(200);
});

test('of two devices the later one counts, and the earlier one comes back', () => {
  const { interests } = make();
  interests.add({ ch: 'device', id: 'a' });
  const release = interests.add({ ch: 'device', id: 'b' });
  expect(interests.wanted(false)[1]).toEqual({ ch: 'device', id: 'b' });
  release();
  expect(interests.wanted(false)[1]).toEqual({ ch: 'device', id: 'a' });
});

test('a hidden tab asks for next to nothing', () => {
  const { interests } = make();
  interests.add({ ch: 'rows', ids: ['a'] });
  interests.add({ ch: 'device', id: 'a' });
  expect(interests.wanted(true)).toEqual([{ ch: 'fleet', everyMs: 10_000 }]);
});

test('an id that is too long to be subscribed to does not end the feed of the others', () => {
  const interests = new Interests(() => undefined);
  const long = 'x'.repeat(1025);
  interests.add({ ch: 'rows', ids: ['a', long] });
  interests.add({ ch: 'device', id: long });
  const wanted = interests.wanted(false);
  expect(wanted).toEqual([{ ch: 'fleet' }, { ch: 'rows', ids: ['a'] }]);
  expect(feedRequestSchema.safeParse({ sub: wanted }).success).toBe(true);
});
