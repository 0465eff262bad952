import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StartWatch } from './start-watch.ts';

const said: unknown[] = [];
let watch: StartWatch;

beforeEach(() => {
  vi.useFakeTimers();
  said.length = 0;
  watch = new StartWatch({ warn: (facts: unknown) => void said.push(facts) });
});
afterEach(() => {
  watch.end();
  vi.useRealTimers();
});

test('a start that goes on is not spoken of', () => {
  for (const step of ['one', 'two', 'three']) {
    watch.at(step);
    vi.advanceTimersByTime(9000);
  }
  expect(said).toEqual([]);
});

test('what it waits for is said again and again', () => {
  watch.at('routes');
  vi.advanceTimersByTime(25_000);
  expect(said).toEqual([{ step: 'routes' }, { step: 'routes' }]);
});

test('nothing is said of a start that has ended', () => {
  watch.at('routes');
  watch.end();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
});
