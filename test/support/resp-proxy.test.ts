import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Plan } from './resp-faults.ts';
import { RespProxy } from './resp-proxy.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { until } from './until.ts';

let redis: RedisServer;
let proxy: RespProxy;
const clients: Redis[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await proxy.stop();
  await redis.client.flushall();
});
afterAll(() => redis.stop());

function client(): Redis {
  const made = new Redis(proxy.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  made.on('error', () => undefined);
  clients.push(made);
  return made;
}

const key = 'tributary:{p3}:up';
const add = async (link: Redis, value: number): Promise<string> => {
  try {
    await link.xadd(key, '*', 'n', value);
    return 'stored';
  } catch (error) {
    return (error as Error).message.split(' ')[0] ?? '';
  }
};

/** Sends five messages in one flush under a plan; answers what the client heard of each, and what Redis holds. */
async function flush(plan: Plan): Promise<{ heard: string[]; held: string[] }> {
  const link = client();
  proxy.close();
  const replies = Promise.all([0, 1, 2, 3, 4].map((n) => add(link, n)));
  await until('the flush to reach the gate', () => proxy.waiting === 5);
  proxy.open(plan);
  const heard = await replies;
  const entries = await redis.client.xrange(key, '-', '+');
  return { heard, held: entries.map(([, [, value]]) => value ?? '') };
}

test('passes everything through as it is, RESP3 maps, nulls, scripts and blocking reads included', async () => {
  proxy = await RespProxy.start(redis.port);
  const link = client();
  expect(await link.set('a', 'x'.repeat(100_000))).toBe('OK');
  expect(await link.get('a')).toBe('x'.repeat(100_000));
  expect(await link.get('none')).toBe(null);
  await link.hset('h', { one: 'é\r\n', two: '' });
  expect(await link.hgetall('h')).toEqual({ one: 'é\r\n', two: '' });
  expect(await link.eval('return {1, {2, ARGV[1]}, redis.status_reply("fine")}', 0, 'three')).toEqual([
    1,
    [2, 'three'],
    'fine',
  ]);
  expect(await link.xread('BLOCK', 20, 'STREAMS', key, '$')).toBe(null);
  await expect(link.hget('a', 'b')).rejects.toThrow('WRONGTYPE');
});

test('answers a command with an error and Redis never sees it', async () => {
  proxy = await RespProxy.start(redis.port);
  const result = await flush((at) => (at === 2 ? { kind: 'error', reply: '-LOADING wait' } : undefined));
  expect(result).toEqual({
    heard: ['stored', 'stored', 'LOADING', 'stored', 'stored'],
    held: ['0', '1', '3', '4'],
  });
  expect(proxy.struck.map(({ position }) => position)).toEqual([2]);
});

test.each([
  ['executed', ['0', '1', '2', '3', '4']],
  ['lost', ['0', '1']],
] as const)('cuts the link with the commands behind it %s', async (outcome, held) => {
  proxy = await RespProxy.start(redis.port);
  const result = await flush((at) => (at === 2 ? { kind: 'cut', outcome } : undefined));
  expect(result.heard.slice(0, 2)).toEqual(['stored', 'stored']);
  expect(result.heard.slice(2)).not.toContain('stored');
  expect(result.held).toEqual(held);
});

test('delivers late commands ahead of the next link, unless their connection was killed', async () => {
  proxy = await RespProxy.start(redis.port);
  await flush((at) => (at === 2 ? { kind: 'cut', outcome: 'late' } : undefined));
  expect(await add(client(), 5)).toBe('stored');
  expect(proxy.lateExecuted).toBe(3);
  expect((await redis.client.xrange(key, '-', '+')).map(([, [, n]]) => n)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);

  proxy.lateExecuted = 0;
  await flush((at) => (at === 0 ? { kind: 'cut', outcome: 'late' } : undefined));
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await add(client(), 6)).toBe('stored');
  expect(proxy.lateExecuted).toBe(0);
});

test('stops answering while the link stays open', async () => {
  proxy = await RespProxy.start(redis.port);
  const link = client();
  proxy.open((at) => (at === 1 ? { kind: 'mute', executed: true } : undefined));
  expect(await add(link, 0)).toBe('stored');
  const unanswered = add(link, 1);
  await until('the muted command to be executed', async () => (await redis.client.xlen(key)) === 2);
  expect(link.status).toBe('ready');
  link.disconnect();
  expect(await unanswered).not.toBe('stored');
});
