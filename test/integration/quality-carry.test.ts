import { decodeQualityBins, devicesIn } from '@tributary/backplane';
import { expect, test, vi } from 'vitest';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { fieldsOf, recordOf, timelineOf, untilSample } from '../support/links.ts';
import { metric } from '../support/metrics.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, qualityEventsOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

// More than all that one of them waits for.
vi.setConfig({ testTimeout: 120_000 });

const stage = useStage();
const slow = { deadlineMs: 45_000, everyMs: 200 };

async function connected(id = freshId()): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  return device;
}

test.concurrent('the node tells its bins every fifteen seconds, with everybody in them', async () => {
  const devices = await Promise.all(Array.from({ length: 5 }, () => connected()));
  const told = await until(
    'bins of five devices',
    async () => {
      const entries = await stage.redis.client.xrange(keys.nodeStats(stage.gateway.node), '-', '+');
      const all = entries.map(([, flat]) => fieldsOf(flat)).filter(({ quality }) => quality !== undefined);
      const bins = all.map(({ quality, ts }) => ({ ts: Number(ts), bins: decodeQualityBins(quality!)! }));
      return bins.length >= 2 && devicesIn(bins.at(-1)!.bins) >= 5 ? bins : undefined;
    },
    slow,
  );
  const [one, other] = told.slice(-2);
  // Neither ten nor half a minute, and a busy machine may be late for one of them.
  expect(other!.ts - one!.ts).toBeGreaterThan(10_500);
  expect(other!.ts - one!.ts).toBeLessThan(29_000);
  await until('nobody to be on the way in or out', async () => {
    const samples = await stage.gateway.metrics();
    return metric(samples, 'tributary_devices') === metric(samples, 'tributary_connections');
  });
  await Promise.all(devices.map((device) => device.leave()));
});

test.concurrent('a slot of fifteen seconds is rolled up when it has ended', async () => {
  const device = await connected();
  device.send(publishPacket('t', 'hello', 1, 1));
  const rolled = await until(
    'a roll-up with a message',
    async () => {
      const entries = await stage.redis.client.xrange(keys.rollUps('15s'), '-', '+');
      const all = entries.map(([, flat]) => fieldsOf(flat));
      return all.find(({ f }) => (JSON.parse(f!) as { stored: number }).stored > 0);
    },
    slow,
  );
  expect(rolled['node']).toBe(stage.gateway.node);
  expect(Number(rolled['ts']) % 15_000).toBe(0);
  expect(Math.abs(Date.now() - Number(rolled['ts']))).toBeLessThan(60_000);
  expect(decodeQualityBins(rolled['q']!)).toBeDefined();
  expect(JSON.parse(rolled['f']!)).toMatchObject({ rssBytes: expect.any(Number) as number });
  await device.leave();
});

test.concurrent('a device has a timeline, and a record that says how its link was when it left', async () => {
  const id = freshId();
  const device = await connected(id);
  let packetId = 0;
  const timer = setInterval(() => device.send(publishPacket('t', 'x', 1, ++packetId)), 100);
  await untilSample(stage.redis.client, stage.gateway, id, ({ score }) => score !== undefined);
  // A busy machine may have it told of its link more than once.
  await until('a point', async () => (await timelineOf(stage.redis.client, id)).length >= 2, slow);
  clearInterval(timer);
  await device.leave();
  const timeline = await until('the end of its line', async () => {
    const lines = await timelineOf(stage.redis.client, id);
    return lines.at(-1)?.['kind'] === 'disconnected' ? lines : undefined;
  });
  const ends = timeline.map(({ kind }) => kind).filter((kind) => kind !== 'quality' && kind !== 'point');
  expect(ends).toEqual(['connected', 'disconnected']);
  expect(timeline.at(-1)).toMatchObject({ reason: 'normal', by: 'device' });
  const record = await recordOf(stage.redis.client, id);
  expect(record).toMatchObject({ state: 'offline', qualityVersion: '1' });
  const lost = Object.values(JSON.parse(record['penalties']!) as Record<string, number>);
  expect(Number(record['quality']) + lost.reduce((sum, points) => sum + points, 0)).toBe(100);
  expect(Number(record['qualityAt'])).toBeGreaterThanOrEqual(Number(record['connectedAt']));
});

test.concurrent('lengths of sessions are counted when they end', async () => {
  const device = await connected();
  const before = await stage.gateway.metric('tributary_session_seconds_count');
  await device.leave();
  await until(
    'the count',
    async () => (await stage.gateway.metric('tributary_session_seconds_count')) > before,
  );
  const longest = await stage.gateway.metric('tributary_session_seconds_bucket', { le: '+Inf' });
  expect(longest).toBeGreaterThan(before);
});

test.concurrent('a device that is found well is no event', async () => {
  const id = freshId();
  const device = await connected(id);
  let packetId = 0;
  const timer = setInterval(() => device.send(publishPacket('t', 'x', 1, ++packetId)), 100);
  await until('the record', async () => 'quality' in (await recordOf(stage.redis.client, id)), slow);
  clearInterval(timer);
  const events = await qualityEventsOf(stage.redis.client, id);
  // A machine too busy to be well says so, with the band it came from.
  for (const { fields } of events) expect(fields['band']).not.toBe(fields['previousBand']);
  if ((await recordOf(stage.redis.client, id))['band'] === 'excellent') expect(events).toEqual([]);
  await device.leave();
});
