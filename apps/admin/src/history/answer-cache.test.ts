import { expect, test } from 'vitest';
import { AnswerCache } from './answer-cache.ts';

test('whoever asks meanwhile shares the answer; later it is made anew', async () => {
  let at = 0;
  let made = 0;
  const cache = new AnswerCache<number>(() => at, 8);
  const ask = () =>
    cache.answer(
      'q',
      () => Promise.resolve(++made),
      () => 100,
    );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  at = 99;
  expect(await ask()).toBe(1);
  at = 100;
  expect(await ask()).toBe(2);
});

test('a failure is answered with what was known before, and is not kept', async () => {
  let at = 0;
  const cache = new AnswerCache<string>(() => at, 8);
  const fail = () => Promise.reject(new Error('away'));
  await expect(cache.answer('q', fail, () => 1)).rejects.toThrow('away');
  await cache.answer(
    'q',
    () => Promise.resolve('old'),
    () => 1,
  );
  at = 5;
  expect(await cache.answer('q', fail, () => 1)).toBe('old');
  expect(
    await cache.answer(
      'q',
      () => Promise.resolve('new'),
      () => 1,
    ),
  ).toBe('new');
});

test('keeps only so many', async () => {
  const cache = new AnswerCache<number>(() => 0, 64);
  for (let i = 0; i < 100; i++)
    await cache.answer(
      String(i),
      () => Promise.resolve(i),
      () => 1000,
    );
  expect(
    await cache.answer(
      '0',
      () => Promise.resolve(-1),
      () => 1000,
    ),
  ).toBe(-1);
  expect(
    await cache.answer(
      '99',
      () => Promise.resolve(-1),
      () => 1000,
    ),
  ).toBe(99);
});
