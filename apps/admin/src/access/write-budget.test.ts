import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { WriteBudget } from './write-budget.ts';

test('many writes at once, then two a second, and nobody pays for another', () => {
  const clock = new ManualClock();
  const budget = new WriteBudget(clock);
  for (let i = 0; i < 300; i++) budget.take('ada');
  expect(() => budget.take('ada')).toThrow(
    expect.objectContaining({ status: 429, code: 'too-many-writes', retryAfterSeconds: 1 }),
  );
  budget.take('bob');
  clock.advance(1000);
  budget.take('ada');
  budget.take('ada');
  expect(() => budget.take('ada')).toThrow('changes a minute');
  clock.advance(3_600_000);
  for (let i = 0; i < 300; i++) budget.take('ada');
  expect(() => budget.take('ada')).toThrow('changes a minute');
});
