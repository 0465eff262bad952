import { Store } from '@tributary/backplane';
import { problemsSchema, type Alarm } from '@tributary/protocol/admin-api';
import { ManualClock } from '@tributary/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from '../fleet/fleet.ts';
import { MarkLog } from '../history/marks.ts';
import { ProblemsChannel } from '../live/problems-channel.ts';
import { parseNodeRecord } from '../nodes/node-record.ts';
import { StreamWatch } from '../streams/stream-watch.ts';
import { quiet } from '../testing/admin.ts';
import { arrivalOf, qualitySampleOf } from '../testing/device-facts.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { ProblemWatch } from './problem-watch.ts';

const gateway = new GatewayDouble();
const store = new Store({ url: gateway.url, name: 'test', connectTimeoutMs: 2000, replyTimeoutMs: 5000 });
const { keys } = gateway;
const doubles = [gateway];

beforeAll(async () => {
  store.start();
  await until(() => store.isUp);
});

afterAll(async () => {
  await store.close();
  for (const double of doubles) await double.stop();
});

interface Desk {
  fleet: Fleet;
  problems: ProblemWatch;
  marks: MarkLog;
  clock: ManualClock;
}

/** A fleet that is live, with nothing in it. */
function desk(inKeys = keys, clock = new ManualClock(Date.now())): Desk {
  const fleet = new Fleet(clock, { maxDevices: 100 });
  fleet.phase = 'live';
  fleet.redis = { state: 'up', asOf: clock.now() };
  const marks = new MarkLog();
  const streams = new StreamWatch({ store, clock, fleet });
  const parts = {
    fleet,
    streams,
    marks,
    store,
    keys: inKeys,
    clock,
    logger: quiet,
    worstGroups: () => Promise.resolve([]),
    ownCertificate: () => null,
  };
  return { fleet, problems: new ProblemWatch(parts), marks, clock };
}

const node = (name: string, beat: number) =>
  parseNodeRecord(name, { id: name.split('.')[0]!, beat: String(beat), state: 'ready' })!;

/** Lets time pass second by second, with the rules looking at every other one. */
function pass({ fleet, problems, clock }: Desk, seconds: number, beats: (second: number) => number): void {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000);
    fleet.nodes.observe([node('gw-1.a', beats(second))], ['gw-1.a'], clock.monotonic());
    if (second % 2 === 1) problems.evaluate();
  }
}

const open = (problems: ProblemWatch): Alarm[] =>
  problems.problems().alarms.filter(({ state }) => state !== 'closed');

/** Its evaluations save by themselves; this waits for the last word. */
const synced = (problems: ProblemWatch, fits: (stored: Record<string, string>) => boolean, inKeys = keys) =>
  until(async () => {
    await problems.sync();
    return fits(await gateway.redis.hgetall(inKeys.alarms));
  });

test('a node that dies is one alarm from its silence to its return, within twelve seconds', () => {
  const own = desk();
  pass(own, 6, (second) => second);
  expect(open(own.problems)).toEqual([]);
  pass(own, 8, () => 5);
  expect(open(own.problems)).toMatchObject([
    { id: 'node-silent:gw-1.a', severity: 'critical', state: 'open' },
  ]);
  expect(own.problems.counts()).toEqual({ critical: 1, warning: 0 });
  const { raisedAt } = open(own.problems)[0]!;
  own.fleet.nodes.observe([], [], own.clock.monotonic());
  own.problems.evaluate();
  expect(open(own.problems)).toMatchObject([{ id: 'node-lost:gw-1.a', raisedAt }]);
  own.clock.advance(1000);
  own.fleet.nodes.observe([node('gw-1.b', 1)], [], own.clock.monotonic());
  own.problems.evaluate();
  expect(open(own.problems)).toEqual([]);
  expect(
    own.marks
      .between(0, Number.MAX_SAFE_INTEGER)
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['alarm', 'alarm', 'node-lost', 'node-started']);
});

test('while Redis is away that is the only alarm, and the others stay as they were', () => {
  const own = desk();
  pass(own, 6, (second) => second);
  pass(own, 8, () => 5);
  own.fleet.redis = { state: 'down', asOf: 1 };
  for (let i = 0; i < 20; i++) own.problems.evaluate();
  expect(
    open(own.problems)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['node-silent:gw-1.a', 'redis-down:redis']);
  own.fleet.redis = { state: 'up', asOf: 2 };
  for (let i = 0; i < 2; i++) own.problems.evaluate();
  expect(open(own.problems).map(({ id }) => id)).toEqual(['node-silent:gw-1.a']);
});

test('what operators say outlives the process, and is heard by another one', async () => {
  const double = new GatewayDouble();
  doubles.push(double);
  const own = desk(double.keys);
  const id = 'redis-down:redis';
  own.fleet.redis = { state: 'down', asOf: 1 };
  for (let i = 0; i < 2; i++) own.problems.evaluate();
  await synced(own.problems, (stored) => stored[id] !== undefined, double.keys);
  const other = desk(double.keys, own.clock);
  other.fleet.redis = { state: 'down', asOf: 1 };
  await other.problems.sync();
  expect(open(other.problems)).toMatchObject([{ id, state: 'open' }]);

  own.clock.advance(1000);
  const until1 = own.clock.now() + 60_000;
  expect(await own.problems.acknowledge(id, 'anna')).toMatchObject({
    state: 'acknowledged',
    acknowledgedBy: 'anna',
  });
  expect(await own.problems.mute(id, until1, 'ben')).toMatchObject({ state: 'muted', mutedBy: 'ben' });
  expect(own.problems.counts()).toEqual({ critical: 0, warning: 0 });
  own.clock.advance(10_000);
  await other.problems.sync();
  expect(open(other.problems)).toMatchObject([
    { state: 'muted', acknowledgedBy: 'anna', mutedUntil: until1 },
  ]);

  const third = desk(double.keys, own.clock);
  await third.problems.sync();
  expect(third.problems.alarm(id)).toMatchObject({ state: 'muted', mutedBy: 'ben' });
  own.clock.advance(1000);
  expect(await third.problems.unmute(id)).toMatchObject({ state: 'acknowledged' });
});

test('an alarm of before the restart is not closed while nobody has looked yet', async () => {
  const double = new GatewayDouble();
  doubles.push(double);
  const own = desk(double.keys);
  pass(own, 6, (second) => second);
  pass(own, 8, () => 5);
  await synced(own.problems, (stored) => 'node-silent:gw-1.a' in stored, double.keys);
  const { raisedAt } = open(own.problems)[0]!;
  const next = desk(double.keys, own.clock);
  await next.problems.sync();
  pass(next, 20, () => 5);
  expect(open(next.problems)).toMatchObject([{ id: 'node-silent:gw-1.a', raisedAt }]);
});

test('what stands in Redis and is no alarm is left alone', async () => {
  const double = new GatewayDouble();
  doubles.push(double);
  await double.redis.hset(double.keys.alarms, { a: '{', b: '7', c: '{"id":"c"}', __proto__: '{}' });
  const own = desk(double.keys);
  await own.problems.sync();
  expect(own.problems.problems().alarms).toEqual([]);
  expect(await double.redis.hlen(double.keys.alarms)).toBe(3);
});

test('an alarm nobody knows is not found', async () => {
  const { problems } = desk();
  expect(() => problems.alarm('node-lost:x')).toThrow(expect.objectContaining({ code: 'alarm-not-found' }));
  await expect(problems.acknowledge('__proto__', 'anna')).rejects.toMatchObject({ code: 'alarm-not-found' });
});

test('what flaps is told with why it last lost its connection', () => {
  const own = desk();
  own.fleet.index.applyArrival(arrivalOf('beacon', 1));
  own.fleet.index.applyQualitySample(qualitySampleOf('beacon', 1, { flaps: 9 }), 1);
  const end = { type: 'disconnected', device: 'beacon', reason: 'keep-alive-timeout' };
  own.problems.onEvent(new Map(Object.entries(end)));
  own.problems.evaluate();
  expect(own.problems.problems().flapping).toEqual([
    { id: 'beacon', flaps: 9, reason: 'keep-alive-timeout' },
  ]);
});

test('the channel tells what is new and nothing else', async () => {
  const double = new GatewayDouble();
  doubles.push(double);
  const own = desk(double.keys);
  await own.problems.sync();
  const event = (ts: number) =>
    new Map(
      Object.entries({ type: 'superseded', device: '<b>', ts: String(ts), address: `10.0.0.${ts % 2}:1` }),
    );
  for (let i = 0; i < 5; i++) own.problems.onEvent(event(own.clock.now() - i));
  const channel = new ProblemsChannel(own.problems);
  const snapshot = channel.snapshot() as { problems: unknown };
  expect(problemsSchema.parse(snapshot.problems)).toMatchObject({
    alarms: [],
    duplicates: [{ id: '<b>', takeovers: 5 }],
  });
  expect(channel.delta()).toBeUndefined();
  own.problems.evaluate();
  expect(channel.delta()).toMatchObject({
    problems: { alarms: [{ id: 'duplicate-id:<b>', state: 'open' }] },
  });
  own.clock.advance(2000);
  own.problems.evaluate();
  expect(channel.delta()).toBeUndefined();
});
