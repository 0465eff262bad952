import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimDevice } from '../presence/claims.ts';
import { OwnRedis } from '../testing/own-redis.ts';
import { claimOf, TestStore } from '../testing/test-store.ts';
import { until } from '../testing/until.ts';
import { WriterDesk } from '../testing/writer-desk.ts';

let own: OwnRedis;
let store: TestStore;
let desk: WriterDesk;

beforeAll(async () => {
  own = await OwnRedis.start();
});
beforeEach(async () => {
  store = new TestStore(own.url);
  desk = await new WriterDesk(own.url, store.keys, { replyTimeoutMs: 400 }).started();
});
afterEach(() => {
  desk.writer.close();
  store.redis.disconnect();
});
afterAll(() => own.stop());

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const claimed = async (clientId: string): Promise<number> =>
  (await claimDevice(store.redis, store.keys, claimOf(clientId, { sessionExpiry: 60 }))).epoch;
/** Without what stands there again: a repeated `seq` is the same message. */
const distinct = (values: readonly number[]): number[] => [...new Set(values)];

test('killed and started again under load, Redis has everything that was told stored; QoS 2 once, QoS 1 in order', async () => {
  const epoch = await claimed('a');
  const device = desk.device('a', epoch);
  let isKilled = false;
  let packetId = 0;
  for (let turn = 0; turn < 60; turn++) {
    for (let i = 0; i < 20; i++) {
      if (i % 2 === 0) device.send(1, 'x'.repeat(500));
      else device.send(2, 'y'.repeat(500), ++packetId);
    }
    await new Promise(setImmediate);
    if (turn === 30) {
      isKilled = true;
      await own.kill();
    }
  }
  expect(isKilled).toBe(true);
  await until('the writer to see it', () => !desk.writer.isUp);
  const before = device.settlements.length;
  expect(before).toBeLessThan(1200);
  await own.start();
  await desk.settled();

  expect(device.settlements).toHaveLength(1200);
  expect(device.settlements.every((line) => line.startsWith('STORED'))).toBe(true);
  expect(
    device.settlements.filter((line) => line.includes('QOS2')).map((line) => Number(line.split(' ')[2])),
  ).toEqual(range(600));
  const entries = await store.uplink('a');
  const seqs = entries.map(({ seq }) => Number(seq));
  expect(distinct(seqs)).toEqual(range(1200));
  const ofQos2 = entries.filter(({ qos }) => qos === '2').map(({ seq }) => Number(seq));
  expect(ofQos2).toEqual(distinct(ofQos2));
});

test('of a flush that was never answered, QoS 0 is unknown and not sent again; the rest is, in order', async () => {
  const device = desk.device('a', 1);
  own.pause();
  for (let i = 0; i < 9; i++) device.send(i % 3 === 2 ? 0 : 1);
  await until('the writer to give the link up', () => desk.downs.length > 0);
  expect(device.settlements).toEqual(['UNKNOWN QOS0 3', 'UNKNOWN QOS0 6', 'UNKNOWN QOS0 9']);
  expect(desk.downs[0]).toMatch(/^no reply for \d+ ms$/);
  own.resume();
  await desk.settled();
  expect(device.tokens('STORED')).toEqual([1, 2, 4, 5, 7, 8]);
  // Redis carried the abandoned flush out when it woke up, or it was killed before: either way the order holds.
  const seqs = (await store.uplink('a')).map(({ seq }) => Number(seq));
  expect(distinct(seqs).filter((seq) => seq % 3 !== 0)).toEqual([1, 2, 4, 5, 7, 8]);
  expect(seqs.slice(-6)).toEqual([1, 2, 4, 5, 7, 8]);
  expect(device.channel.isBroken).toBe(false);
});

test('what is appended while Redis is away waits, and goes behind what was unanswered', async () => {
  const device = desk.device('a', 1);
  device.send(1);
  await desk.settled();
  await own.kill();
  await until('the writer to see it', () => !desk.writer.isUp);
  for (let i = 0; i < 5; i++) device.send(1);
  expect(desk.writer.queuedCount).toBe(5);
  await own.start();
  await desk.settled();
  expect(device.tokens('STORED')).toEqual(range(6));
  expect((await store.uplink('a')).map(({ seq }) => Number(seq))).toEqual(range(6));
});

test('close with Redis away ends at once, and settles each entry once', async () => {
  const device = desk.device('a', 1);
  own.pause();
  device.send(0);
  device.send(1);
  await until('the flush to leave', () => desk.writer.flushes === 1);
  device.send(1);
  desk.writer.close();
  own.resume();
  expect(device.settlements).toEqual(['UNKNOWN QOS0 1', 'FAILED QOS1 2', 'FAILED QOS1 3']);
  expect(desk.writer.queuedCount).toBe(0);
});
