import { afterAll, afterEach, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { emptyQualityBins } from './quality-bins.ts';
import { type RollUp, rollUpSteps, writeRollUps } from './roll-ups.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const figures = {
  ...{ connections: 2, messagesIn: 1 / 3, stored: 0, bytesIn: 0, connects: 0, disconnects: 0 },
  ...{ loopDelayMs: 0, rssBytes: 0, redisLatencyMs: 0 },
};
const rollUpAt = (ts: number): RollUp => ({ step: '15s', ts, bins: emptyQualityBins(), figures });

async function fill(count: number, ageMs: number): Promise<void> {
  const pipeline = redis.pipeline();
  for (let i = 0; i < count; i++)
    pipeline.xadd(keys.rollUps('15s'), `${Date.now() - ageMs}-${i + 1}`, 'a', 'b');
  await pipeline.exec();
}

test('a slot is one entry, its figures cut to hundredths', async () => {
  await writeRollUps(redis, keys, 'gw-1.a', [rollUpAt(1_700_000_010_000)]);
  const [entry] = await redis.xrange(keys.rollUps('15s'), '-', '+');
  expect(entry?.[1].slice(0, 4)).toEqual(['ts', '1700000010000', 'node', 'gw-1.a']);
  expect(JSON.parse(entry?.[1].at(-1) ?? '')).toMatchObject({ connections: 2, messagesIn: 0.33 });
});

test('what is older than is kept goes, whatever the clock of the node says', async () => {
  const { keptMs } = rollUpSteps['15s'];
  await fill(300, 2 * keptMs);
  await fill(300, keptMs / 2);
  await writeRollUps(redis, keys, 'gw-1.a', [rollUpAt(Date.now() + 365 * 86_400_000)]);
  const left = await redis.xlen(keys.rollUps('15s'));
  expect(left).toBeGreaterThanOrEqual(301);
  // Redis drops whole nodes of a stream, of 100 entries.
  expect(left).toBeLessThan(402);
});
