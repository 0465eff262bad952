import { createRedis, Keys } from '@tributary/backplane';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Output } from '../output.ts';
import { until } from '../testing/until.ts';
import { tailCommand } from './tail.ts';

const url = process.env['TRIBUTARY_TEST_REDIS_URL'] ?? '';
const namespace = `tail-${process.pid}-${Date.now() % 100_000}`;
const keys = new Keys(namespace, 4);
const redis = createRedis({ url, name: 'tail-test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });

let stopping: AbortController;
let lines: string[];
let remarks: string[];
let running: Promise<void>;
/** Connections that earlier tails left, which Redis may not have seen the end of. */
let former: ReadonlySet<string>;

beforeEach(async () => {
  if (redis.status === 'wait') await redis.connect();
  await redis.hset(keys.meta, 'partitions', 4);
  stopping = new AbortController();
  [lines, remarks, running] = [[], [], Promise.resolve()];
  former = new Set((await tails()).map(idOf));
});

afterEach(async () => {
  stopping.abort();
  await running;
  const all = [0, 1, 2, 3].flatMap((partition) => [keys.uplink(partition), keys.events(partition)]);
  await redis.del(keys.meta, ...all);
});

function tail(...words: string[]): void {
  const out: Output = {
    write: (text) => {
      lines.push(...text.trimEnd().split('\n'));
      return Promise.resolve();
    },
  };
  running = tailCommand.run({
    words: ['--redis', url, '--namespace', namespace, ...words],
    environment: {},
    out,
    remark: (line) => remarks.push(line),
    stop: stopping.signal,
  });
}

/** Waits for what tail says; a failure tells what it said instead. */
const untilSaid = (isSaid: () => boolean | Promise<boolean>): Promise<void> =>
  until(() => `another output; lines ${lines.join(' | ')}; remarks ${remarks.join(' | ')}`, isSaid);

const send = (
  device: string,
  seq: number,
  payload: string | Buffer = 'hello',
  topic = `devices/${device}/telemetry`,
) =>
  redis.xadd(
    keys.uplink(keys.partitionOf(device)),
    '*',
    ...['device', device, 'epoch', 1, 'seq', seq, 'topic', topic, 'qos', 1, 'ts', Date.now(), 'payload'],
    payload,
  );
const say = (device: string, type: string) =>
  redis.xadd(
    keys.events(keys.partitionOf(device)),
    '*',
    'type',
    type,
    'device',
    device,
    'epoch',
    1,
    'ts',
    Date.now(),
  );

/** The connections of tails, as Redis lists them. */
async function tails(): Promise<string[]> {
  const list = String(await redis.client('LIST')).split('\n');
  return list.filter((line) => line.includes(' name=tributary-tail '));
}
const idOf = (connection: string): string => /^id=(\d+)/.exec(connection)?.[1] ?? '';

/** Those of the tail under test that wait in a blocking XREAD. */
const blocked = async (): Promise<string[]> =>
  (await tails()).filter((line) => line.includes(' flags=b') && !former.has(idOf(line)));

test('prints messages and events of all partitions as they arrive, none from before', async () => {
  await send('pump-1', 1, 'old');
  tail();
  await untilSaid(async () => (await blocked()).length === 1);
  await send('pump-1', 2);
  await send('pump-2', 1, Buffer.from([0xff]));
  await say('pump-3', 'connected');
  await untilSaid(() => lines.length === 3);
  expect(lines.join('\n')).toMatch(/pump-1 {2}devices\/pump-1\/telemetry {2}qos 1 {2}#1\/2 {2}hello/);
  expect(lines.join('\n')).toMatch(/#1\/1 {2}0xff/);
  expect(lines.join('\n')).toMatch(/pump-3 {2}\* connected/);
  expect(lines.join('\n')).not.toContain('old');
});

test('filters by device and topic, begins at the start when asked, and ends after its count', async () => {
  await say('pump-1', 'connected');
  await send('meter-1', 1);
  await send('pump-1', 1, 'no', 'other/topic');
  for (let seq = 2; seq <= 5; seq++) await send('pump-1', seq, `n${seq}`);
  tail('--from-start', '--device', 'pump-*', '--topic', 'devices/+/telemetry', '--count', '3', '--json');
  await running;
  const shown = lines.map((line) => JSON.parse(line) as { payload: string });
  expect(shown.map(({ payload }) => payload)).toEqual(['n2', 'n3', 'n4']);
});

test('shows only events, or only messages', async () => {
  await say('pump-1', 'connected');
  await send('pump-1', 1);
  tail('--from-start', '--events', '--count', '1');
  await running;
  tail('--from-start', '--messages', '--count', '1');
  await running;
  expect(lines[0]).toContain('* connected');
  expect(lines[1]).toContain('hello');
});

test('waits for the first gateway, then reads everything it writes', async () => {
  await redis.del(keys.meta);
  tail('--count', '1');
  await untilSaid(() => remarks.length === 1);
  expect(remarks[0]).toContain('no gateway has started');
  await redis.hset(keys.meta, 'partitions', 4);
  await untilSaid(async () => (await blocked()).length === 1);
  await send('pump-1', 1);
  await running;
});

test('goes on after its link was cut, without a gap and without a repeat', async () => {
  tail();
  await untilSaid(async () => (await blocked()).length === 1);
  await send('pump-1', 1);
  await untilSaid(() => lines.length === 1);
  const [connection = ''] = await blocked();
  await redis.client('KILL', 'ID', Number(idOf(connection)));
  for (let seq = 2; seq <= 4; seq++) await send('pump-1', seq);
  await untilSaid(() => lines.length === 4);
  expect(lines.map((line) => /#1\/(\d)/.exec(line)?.[1])).toEqual(['1', '2', '3', '4']);
});

test('creates nothing in Redis', async () => {
  const before = (await redis.keys(`${namespace}:*`)).length;
  tail();
  await untilSaid(async () => (await blocked()).length === 1);
  expect(await redis.keys(`${namespace}:*`)).toHaveLength(before);
});

test.each([
  [['--messages', '--events'], 'exclude each other'],
  [['--topic', 'a/#/b'], 'no MQTT topic filter'],
  [['--count', '0'], '--count must be a whole number'],
  [['--redis', 'http://x'], 'redis'],
])('refuses %j in words', async (words, message) => {
  tail(...words);
  await expect(running).rejects.toThrow(message);
  running = Promise.resolve();
});
