import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { sparkStepMs } from '../sparks.ts';
import { keepSparks } from './keep-sparks.ts';

test('a timer that comes early notes nothing twice', async () => {
  const clock = new ManualClock(100 * sparkStepMs - 5);
  const noted: number[] = [];
  let looks = 0;
  const ending = new AbortController();
  const watched = {
    now: () => {
      looks++;
      return clock.now();
    },
    monotonic: () => clock.monotonic(),
  };
  const running = keepSparks({ noteScores: () => noted.push(clock.now()) }, watched, ending.signal);
  clock.advance(4); // the timer of 5 ms fires while the clock says 1 ms to go
  const before = looks;
  await until(() => looks > before + 2);
  expect(noted).toEqual([]);
  clock.advance(1);
  await until(() => noted.length > 0);
  clock.advance(1);
  expect(noted).toEqual([100 * sparkStepMs]);
  ending.abort();
  await running;
});
