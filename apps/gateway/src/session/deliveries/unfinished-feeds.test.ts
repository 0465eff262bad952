import { expect, test } from 'vitest';
import type { UnfinishedFeed } from './retained-feed.ts';
import { UnfinishedFeeds } from './unfinished-feeds.ts';

/** What is told apart is enough here. */
const left = (filter: string): readonly UnfinishedFeed[] => [{ filter } as UnfinishedFeed];

test('what is left is taken once', () => {
  const feeds = new UnfinishedFeeds();
  feeds.keep('x', left('a'));
  expect(feeds.has('x')).toBe(true);
  expect(feeds.take('x')).toEqual(left('a'));
  expect(feeds.has('x')).toBe(false);
  expect(feeds.take('x')).toBeUndefined();
  expect(feeds.take('y')).toBeUndefined();
});

test('what is left later takes the place of what was left before', () => {
  const feeds = new UnfinishedFeeds();
  feeds.keep('x', left('a'));
  feeds.keep('x', left('b'));
  expect(feeds.take('x')).toEqual(left('b'));
});

test('of very many sessions the oldest are forgotten', () => {
  const feeds = new UnfinishedFeeds();
  for (let n = 0; n < 12_000; n++) {
    feeds.keep('kept', left('a'));
    feeds.keep(`x${n}`, left('a'));
  }
  expect([feeds.has('kept'), feeds.has('x11999'), feeds.has('x0')]).toEqual([true, true, false]);
});
