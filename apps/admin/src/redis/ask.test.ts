import { Store } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpProblem } from '../http/problem.ts';
import { until } from '../testing/until.ts';
import { ask, askForChange } from './ask.ts';

const url = process.env.TRIBUTARY_TEST_REDIS_URL ?? '';
const store = new Store({ url, name: 't-ask', connectTimeoutMs: 2000, replyTimeoutMs: 2000 });
beforeAll(async () => {
  store.start();
  await until(() => store.isUp);
});
afterAll(() => store.close());

const refusing =
  (words: string) =>
  (redis: Redis): Promise<unknown> =>
    redis.eval('return redis.error_reply(ARGV[1])', 0, words);

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", 'redis-full'],
  ['MISCONF Redis is configured to save snapshots, but is unable to', 'redis-away'],
  ['LOADING Redis is loading the dataset in memory', 'redis-away'],
])('%s is no fault of ours', async (words, code) => {
  const refused = ask(store, refusing(words));
  await expect(refused).rejects.toBeInstanceOf(HttpProblem);
  await expect(refused).rejects.toMatchObject({ status: 503, code });
});

test('what was asked wrongly is one', async () => {
  await expect(ask(store, refusing('ERR wrong number of arguments'))).rejects.not.toBeInstanceOf(HttpProblem);
  await expect(ask(store, () => Promise.reject(new TypeError('x')))).rejects.toBeInstanceOf(TypeError);
});

test('a change that Redis refused was not done; one it never answered may have been', async () => {
  const full = askForChange(store, refusing("OOM command not allowed when used memory > 'maxmemory'."));
  await expect(full).rejects.toMatchObject({ code: 'redis-full', mayBeDone: false });
  const cut = askForChange(store, () => Promise.reject(new Error('Command timed out')));
  await expect(cut).rejects.toMatchObject({ status: 503, code: 'redis-away', mayBeDone: true });
});
