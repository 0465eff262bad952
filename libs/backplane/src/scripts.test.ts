import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { loadScripts, runPipeline, runScript, runScriptBuffer, scripts, uplinkScripts } from './scripts.ts';
import { createRedis, isReplyError, Store } from './store.ts';
import { OwnRedis } from './testing/own-redis.ts';
import { everyByte, TestStore } from './testing/test-store.ts';
import { until } from './testing/until.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

let made = 0;
/** A script no Redis has seen: appends its value to a list and answers it. */
function unknownScript(): (typeof scripts)['beat'] {
  const source = `#!lua\n-- ${store.keys.namespace} ${made++}\nif ARGV[1] == 'fail' then return redis.error_reply('NO such luck') end
redis.call('RPUSH', KEYS[1], ARGV[1])\nreturn ARGV[1]\n`;
  return { name: 'test', source, sha: '0'.repeat(40) };
}
const list = `${keys.namespace}:list`;
const call = (value: string | Buffer): { keys: string[]; values: (string | Buffer)[] } => ({
  keys: [list],
  values: [value],
});

test('every script has a header that says what it takes, and is a source Redis can load', async () => {
  await loadScripts(redis);
  const all = [...Object.values(scripts), ...Object.values(uplinkScripts)];
  for (const { name, source, sha } of all) {
    expect(await redis.script('LOAD', source), name).toBe(sha);
    for (const part of ['KEYS', 'reply']) expect(source, name).toMatch(new RegExp(`^-- ${part}`, 'm'));
  }
});

test('a store that is up has made all scripts known, also to a Redis that had forgotten them', async () => {
  const own = await OwnRedis.start();
  const up = new Store({ url: own.url, name: 'scripts', connectTimeoutMs: 1000, replyTimeoutMs: 1000 });
  const shas = Object.values(scripts).map(({ sha }) => sha);
  const known = async (): Promise<unknown> => up.redis.script('EXISTS', ...shas);
  const all = shas.map(() => 1);
  up.start();
  await until('the store to be up', () => up.isUp);
  expect(await known()).toEqual(all);
  await own.kill();
  await until('the store to be down', () => !up.isUp);
  await own.start();
  await until('the store to be up again', () => up.isUp);
  expect(await known()).toEqual(all);
  await up.close();
  await own.stop();
});

describe('a script', () => {
  test('that Redis does not know is run by its source', async () => {
    expect(await runScript(redis, unknownScript(), [list], ['x'])).toBe('x');
    expect(await runScriptBuffer(redis, unknownScript(), [list], [everyByte])).toEqual(everyByte);
  });

  test('gets Buffers as the bytes they are', async () => {
    await runPipeline(redis, unknownScript(), [call(everyByte), call(Buffer.alloc(0))]);
    expect(await redis.lrangeBuffer(list, 0, -1)).toEqual([everyByte, Buffer.alloc(0)]);
  });
});

describe('a pipeline', () => {
  test('of a script that Redis does not know runs each call once, in order', async () => {
    const values = Array.from({ length: 50 }, (_, i) => `${i}`);
    expect(await runPipeline(redis, unknownScript(), values.map(call))).toEqual(values);
    expect(await redis.lrange(list, 0, -1)).toEqual(values);
  });

  test('answers an error of Redis in its place, and goes on', async () => {
    const script = unknownScript();
    const sha = (await redis.script('LOAD', script.source)) as string;
    const [first, second, third] = await runPipeline(redis, { ...script, sha }, ['a', 'fail', 'b'].map(call));
    expect([first, third]).toEqual(['a', 'b']);
    expect(isReplyError(second)).toBe(true);
    expect(await redis.lrange(list, 0, -1)).toEqual(['a', 'b']);
  });

  test('of no calls asks nothing', async () => {
    expect(await runPipeline(redis, unknownScript(), [])).toEqual([]);
  });

  test('on a connection that is away answers an error for each call, none of them a reply', async () => {
    const away = createRedis({ url: store.url, name: 'away', connectTimeoutMs: 100, replyTimeoutMs: 1000 });
    const answers = await runPipeline(away, scripts.beat, [call('a'), call('b')]);
    expect(answers.map((answer) => [answer instanceof Error, isReplyError(answer)])).toEqual([
      [true, false],
      [true, false],
    ]);
    away.disconnect();
  });
});
