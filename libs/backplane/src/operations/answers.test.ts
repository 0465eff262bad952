import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { type Answer, readAnswers, writeAnswers } from './answers.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const answer: Answer = {
  ...{ op: 'op-1', node: 'gw-1.aaaa', device: 'a', outcome: 'disconnected' },
  ...{ detail: '', ts: 1_700_000_000_000 },
};

test('answers are read in the order they were written', async () => {
  const second: Answer = { ...answer, device: '', outcome: 'applied', detail: '12' };
  await writeAnswers(redis, keys, [answer, second]);
  const { answers, last } = await readAnswers(redis, keys, '0', 1);
  expect(answers).toEqual([answer, second]);
  expect(await readAnswers(redis, keys, last, 1)).toEqual({ answers: [], last });
});

test('what is no answer is stepped over, and the reader comes past it', async () => {
  for (const entry of [
    { op: 'op-1' },
    { op: '', node: 'n', outcome: 'applied' },
    { ...answer, outcome: 'won' },
  ])
    await redis.xadd(keys.answers, '*', ...Object.entries(entry).flat().map(String));
  const { answers, last } = await readAnswers(redis, keys, '0', 1);
  expect(answers).toEqual([]);
  expect(await readAnswers(redis, keys, last, 1)).toEqual({ answers: [], last });
  expect(last).not.toBe('0');
});

test('an answer Redis does not take is an error', async () => {
  await redis.set(keys.answers, 'no stream');
  await expect(writeAnswers(redis, keys, [answer])).rejects.toThrow(/WRONGTYPE/);
});
