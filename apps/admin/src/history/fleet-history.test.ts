import { emptyQualityBins, Store } from '@tributary/backplane';
import { ManualClock } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { FleetHistory } from './fleet-history.ts';
import { MarkLog } from './marks.ts';
import { Yesterday } from './yesterday.ts';

const now = Math.floor(Date.now() / 600_000) * 600_000 + 5000;
const slotMs = 15_000;
const newest = now - 5000 - slotMs;
const gateway = new GatewayDouble();
const store = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });
const clock = new ManualClock(now);
const marks = new MarkLog();
const nodes = ['gw-1.a', 'gw-2.b', 'gw-3.c'];
const history = new FleetHistory({ store, keys: gateway.keys, clock, marks, nodes: () => nodes });

function quality(excellent: number, bad = 0, version = 1) {
  const bins = { ...emptyQualityBins(), version };
  bins.classes.standard.bins[20] = excellent;
  bins.classes.standard.bins[1] = bad;
  bins.classes.standard.lost[2] = bad * 95;
  return bins;
}

beforeAll(async () => {
  store.start();
  await until(() => store.isUp);
  for (let i = 7; i >= 0; i--) {
    const at = newest - i * slotMs;
    if (i === 4) continue; // nobody reported
    await gateway.rollUp('15s', at, { connections: 10, messagesIn: 150 }, quality(9, 1), 'gw-1.a');
    if (i < 4) await gateway.rollUp('15s', at, { connections: 5 }, quality(5, 0, 2), 'gw-2.b');
  }
});

afterAll(async () => {
  await store.close();
  await gateway.stop();
});

test('sums the nodes, leaves gaps as null, and says who reported and by which formula', async () => {
  const { columns, ...rest } = await history.read({ rangeMs: 120_000, columns: 240 });
  expect(columns.map((column) => column.connections)).toEqual([10, 10, 10, null, 15, 15, 15, 15]);
  expect(columns.map((column) => column.bands?.bad ?? null)).toEqual([1, 1, 1, null, 1, 1, 1, 1]);
  expect(columns[0]).toMatchObject({ messagesIn: 10, lost: { loss: 9.5 }, at: newest - 7 * slotMs });
  expect(rest).toMatchObject({
    ...{ source: '15s', stepMs: slotMs, formulaVersions: [1, 2], nodes: { reported: 2, known: 3 } },
    marks: [{ kind: 'node-started', text: 'gw-2.b started', at: newest - 3 * slotMs }],
  });
});

test('of one node, by its id or its incarnation', async () => {
  for (const node of ['gw-2', 'gw-2.b']) {
    const { columns } = await history.read({ rangeMs: 60_000, columns: 240, node });
    expect(columns.map((column) => column.connections)).toEqual([5, 5, 5, 5]);
  }
  const { columns } = await history.read({ rangeMs: 60_000, columns: 240, node: 'gw' });
  expect(columns.map((column) => column.bands)).toEqual([null, null, null, null]);
});

test('when all nodes fell silent, none answered', async () => {
  const later = new ManualClock(now + 600_000);
  const parts = { store, keys: gateway.keys, clock: later, marks: new MarkLog(), nodes: () => nodes };
  const { nodes: answered, columns } = await new FleetHistory(parts).read({ rangeMs: 900_000, columns: 240 });
  expect(columns.some((column) => column.bands !== null)).toBe(true);
  expect(answered).toEqual({ reported: 0, known: 3 });
});

test('entries that are broken are stepped over', async () => {
  const key = gateway.keys.rollUps('15s');
  await gateway.redis.xadd(key, `${now}-*`, 'ts', 'soon', 'node', 'x', 'q', '{', 'f', '[');
  await gateway.redis.xadd(
    key,
    `${now}-*`,
    'ts',
    newest,
    'node',
    '<b>',
    'q',
    '{"classes":7}',
    'f',
    '{"connections":"9"}',
  );
  const { columns } = await history.read({ rangeMs: 75_000, columns: 239 });
  expect(columns.at(-1)?.connections).toBe(15);
});

test('marks of this process are told once, with what it knows', async () => {
  marks.add({ at: newest - 2 * slotMs, kind: 'node-started', text: 'gw-2.b started' });
  marks.add({ at: newest, kind: 'alarm', text: 'gw-9 is lost' });
  const read = await history.read({ rangeMs: 120_000, columns: 240 });
  expect(read.marks.map((mark) => mark.text)).toEqual(['gw-2.b started', 'gw-9 is lost']);
});

test('what operators did that shows in the figures is marked', async () => {
  const write = (action: string, result: string) =>
    gateway.redis.xadd(gateway.keys.audit, `${newest}-*`, 'action', action, 'result', result, 'who', 'anna');
  await write('device.disconnect-many', 'accepted');
  await write('device.disconnect-many', 'refused');
  await write('session.begin', 'done');
  const { marks: told } = await history.read({ rangeMs: 120_000, columns: 238 });
  expect(told.filter(({ kind }) => kind === 'action')).toEqual([
    { at: newest, kind: 'action', text: 'An operator disconnected many devices' },
  ]);
});

test('the same hour yesterday', async () => {
  const yesterday = new Yesterday({ store, keys: gateway.keys, clock });
  await yesterday.look();
  expect(yesterday.goodShare()).toBeNull();
  await gateway.rollUp('10m', now - 5000 - 86_400_000, {}, quality(3, 1), 'gw-1.a');
  await yesterday.look();
  expect(yesterday.goodShare()).toBe(0.75);
});

test('50 nodes over six hours are read in small steps: the loop is never held for long', async () => {
  const many = new GatewayDouble();
  const keys = many.keys;
  const begin = Math.floor((now - 6 * 3_600_000) / 60_000) * 60_000;
  const q = JSON.stringify(quality(1800, 200));
  for (let slot = 0; slot < 360; slot++) {
    const pipeline = many.redis.pipeline();
    const at = begin + slot * 60_000;
    for (let node = 0; node < 50; node++) {
      pipeline.xadd(
        keys.rollUps('1m'),
        `${at + 60_000}-${node}`,
        'ts',
        at,
        'node',
        `gw-${node}.a`,
        'q',
        q,
        'f',
        '{"connections":2000}',
      );
    }
    await pipeline.exec();
  }
  const fleet = Array.from({ length: 50 }, (_, i) => `gw-${i}.a`);
  const large = new FleetHistory({ store, keys, clock, marks: new MarkLog(), nodes: () => fleet });
  // CPU time, not the clock's: what other processes take of a busy machine is not ours.
  const spentMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  let worstMs = 0;
  let last = spentMs();
  const watch = setInterval(() => {
    worstMs = Math.max(worstMs, spentMs() - last);
    last = spentMs();
  }, 1);
  const read = await large.read({ rangeMs: 6 * 3_600_000, columns: 240 });
  clearInterval(watch);
  await many.stop();
  expect(read).toMatchObject({ source: '1m', nodes: { reported: 50, known: 50 } });
  expect(read.columns.every((column) => column.connections === 100_000)).toBe(true);
  expect(worstMs).toBeLessThan(500);
  // The stream is gone: the pages of the nodes are served from the same reading.
  for (const name of fleet) {
    const own = await large.read({ rangeMs: 6 * 3_600_000, columns: 240, node: name });
    expect(own.columns.every((column) => column.connections === 2000)).toBe(true);
    expect(own.nodes).toEqual({ reported: 1, known: 1 });
  }
});
