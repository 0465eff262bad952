import { createRedis, Keys } from '@tributary/backplane';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { DemoBackends, demoGroups } from './backends.ts';

const url = process.env['TRIBUTARY_TEST_REDIS_URL'] ?? '';
const namespace = `demo-${process.pid}-${Date.now() % 100_000}`;
const keys = new Keys(namespace, 2);
const streams = [keys.uplink(0), keys.uplink(1)];
const redis = createRedis({ url, name: 'demo-test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });

beforeAll(async () => {
  await redis.connect();
  await redis.hset(keys.meta, 'partitions', 2);
});
afterAll(async () => {
  await redis.del(keys.meta, ...streams);
  redis.disconnect();
});

async function groupsOf(stream: string): Promise<Map<string, number>> {
  const groups = (await redis.xinfo('GROUPS', stream).catch(() => [])) as unknown[][];
  const facts = groups.map((fields) => Object.fromEntries(pairs(fields)));
  return new Map(facts.map((group) => [String(group['name']), Number(group['entries-read'])]));
}
const pairs = (fields: unknown[]): [string, unknown][] =>
  fields.flatMap((name, i) => (i % 2 === 0 ? [[String(name), fields[i + 1]] as [string, unknown]] : []));

test('one backend keeps up and one falls behind; both are gone afterwards', async () => {
  const backends = new DemoBackends({ redisUrl: url, namespace });
  backends.start();
  const names = demoGroups.map(({ name }) => name);
  await until(
    () => 'both groups on both streams',
    async () =>
      (await Promise.all(streams.map(groupsOf))).every((groups) => names.every((each) => groups.has(each))),
  );
  for (const stream of streams) {
    for (let n = 0; n < 200; n++) await redis.xadd(stream, '*', 'device', 'd', 'payload', String(n));
  }
  let [fast, slow] = [0, 0];
  await until(
    () => `the fast one to have read all; it has read ${fast}, the other one ${slow}`,
    async () => {
      const groups = await Promise.all(streams.map(groupsOf));
      const read = (name: string): number => groups.reduce((sum, group) => sum + (group.get(name) ?? 0), 0);
      [fast, slow] = names.map(read) as [number, number];
      return fast === 400;
    },
  );
  expect(slow).toBeLessThan(200);
  await backends.end();
  expect(await Promise.all(streams.map(groupsOf))).toEqual([new Map(), new Map()]);
});
