import type {
  Alarm,
  DeviceList,
  DeviceSession,
  DeviceTraffic,
  History,
  PendingList,
  Problems,
  Streams,
  Timeline,
  TimelineEntry,
} from '@tributary/protocol/admin-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AdminDesk, startAdminDesk } from '../support/admin-desk.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let admin: AdminDesk;
const gateways: Gateway[] = [];

beforeEach(async () => {
  redis = await startRedis();
});

afterEach(async () => {
  await admin?.stop();
  await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
  await redis.stop();
});

async function start(nodeId: string): Promise<Gateway> {
  const gateway = await startGateway({ redisUrl: redis.url, nodeId });
  gateways.push(gateway);
  return gateway;
}

async function connect(gateway: Gateway, id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300 } });
  return device;
}

const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await admin.call<T>('GET', path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

test('a killed gateway: its devices turn unknown within 20 s, none offline, and that is one alarm', async () => {
  const dying = await start('gw-1');
  const staying = await start('gw-2');
  admin = await startAdminDesk(redis.url);
  const lost = Array.from({ length: 30 }, () => freshId('lost'));
  const others = Array.from({ length: 5 }, () => freshId('other'));
  await Promise.all(lost.map((id) => connect(dying, id)));
  await Promise.all(others.map((id) => connect(staying, id)));
  const states = async (ids: readonly string[]): Promise<Set<string>> => {
    const { items } = await get<DeviceList>('/devices?limit=200');
    return new Set(items.filter(({ id }) => ids.includes(id)).map(({ state }) => state));
  };
  await until('all devices to be seen', async () => {
    const { total } = await get<DeviceList>('/devices?limit=1');
    return total === lost.length + others.length;
  });

  await dying.kill();
  const seen = new Set<string>();
  await until(
    'the devices of the dead node to be unknown',
    async () => {
      const now = await states(lost);
      for (const state of now) seen.add(state);
      return now.size === 1 && now.has('unknown');
    },
    { deadlineMs: 20_000, everyMs: 50 },
  );
  // What else the machine is busy with may hold up the event loop of a node, which is an alarm of its own.
  const openAlarms = async (): Promise<Alarm[]> =>
    (await get<Problems>('/problems')).alarms.filter(
      ({ kind, state }) => state !== 'closed' && kind !== 'loop-delay',
    );
  await until('the node to be known as lost', async () =>
    (await openAlarms()).some(({ kind }) => kind === 'node-lost'),
  );
  for (const state of await states(lost)) seen.add(state);
  expect([...seen].toSorted()).toEqual(['connected', 'unknown']);
  expect(await states(others)).toEqual(new Set(['connected']));

  const alarms = await openAlarms();
  expect(alarms).toMatchObject([
    { kind: 'node-lost', subject: dying.node, severity: 'critical', state: 'open' },
  ]);
  const path = `/alarms/${encodeURIComponent(alarms[0]!.id)}`;
  const viewer = await admin.operator('vera', 'viewer');
  expect((await admin.call('POST', `${path}/acknowledge`, {}, { ...viewer })).status).toBe(403);
  const operator = await admin.operator('olga', 'operator');
  const acknowledged = await admin.call<Alarm>('POST', `${path}/acknowledge`, {}, { ...operator });
  expect(acknowledged.body).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'olga' });
  const past = { until: Date.now() - 1, reason: 'too late' };
  expect((await admin.call('POST', `${path}/mute`, past, { ...operator })).status).toBe(400);
  const muted = { until: Date.now() + 60_000, reason: 'a test' };
  expect((await admin.call<Alarm>('POST', `${path}/mute`, muted, { ...operator })).body.state).toBe('muted');

  // What the nodes rolled up meanwhile; the slot in which it happened is told when it is over.
  const history = await until(
    'the slot of history in which the node died',
    async () => {
      const read = await get<History>('/fleet/history?rangeMs=300000');
      return read.marks.some(({ kind }) => kind === 'node-lost') && read;
    },
    { deadlineMs: 40_000, everyMs: 500 },
  );
  expect(history).toMatchObject({ source: '15s', formulaVersions: [1] });
  expect(history.columns.some(({ connections }) => (connections ?? 0) > 0)).toBe(true);
  expect(history.columns.at(0)?.bands).toBeNull();

  await start('gw-1');
  await until('the alarm to close when the node is back', async () => (await openAlarms()).length === 0, {
    deadlineMs: 30_000,
  });
}, 150_000);

test('the page of a device: what happened, its session, its traffic, and all of it as it happens', async () => {
  const gateway = await start('gw-1');
  admin = await startAdminDesk(redis.url);
  const id = `plant 3/<b>${freshId('pump')}`;
  const device = await connect(gateway, id);
  device.send(publishPacket('plant/3', 'hello', 1, 1));
  await device.take('puback');
  const path = `/devices/${encodeURIComponent(id)}`;
  const feed = await admin.watch([{ ch: 'device', id }]);
  try {
    expect(await until('its session', () => get<DeviceSession>(`${path}/session`))).toMatchObject({
      isKept: true,
      expiry: 300,
      subscriptions: [],
      queue: { length: 0 },
    });
    expect(await get<DeviceTraffic>(`${path}/traffic`)).toMatchObject({
      topics: [{ topic: 'plant/3', messages: 1, bytes: 5 }],
    });
    await until('the device on the feed', () =>
      feed.messages.some(({ ch, device: row }) => ch === 'device' && row),
    );
    device.drop();
    const [event] = await until('the end of its connection on the feed', () => {
      const events = feed.all<TimelineEntry>('device', 'events');
      return events.length > 0 && events;
    });
    expect(event).toMatchObject({ kind: 'disconnected', by: 'network', reason: 'connection-lost' });
    const { items, sessions } = await get<Timeline>(`${path}/timeline`);
    expect(items.map(({ kind }) => kind)).toEqual(['disconnected', 'connected']);
    expect(items[0]).toEqual(event);
    expect(sessions.counts.reduce((sum, count) => sum + count, 0)).toBe(1);
  } finally {
    feed.close();
  }
});

test('streams: from the socket to a consumer that has not acknowledged', async () => {
  const gateway = await start('gw-1');
  admin = await startAdminDesk(redis.url);
  const id = freshId('pump');
  const device = await connect(gateway, id);
  const key = keys.uplink(keys.partitionOf(id));
  await redis.client.xgroup('CREATE', key, 'billing', '0', 'MKSTREAM');
  device.send(publishPacket('t', 'x', 1, 1));
  await device.take('puback');
  await redis.client.xreadgroup('GROUP', 'billing', 'w-1', 'STREAMS', key, '>');
  const partition = keys.partitionOf(id);
  const streams = await until('the group to be seen', async () => {
    const read = await get<Streams>('/streams');
    return read.groups.length > 0 && read.groups[0]!.pending === 1 && read;
  });
  expect(streams).toMatchObject({
    total: keys.partitions,
    maxLength: 1_000_000,
    groups: [{ name: 'billing', lag: 0 }],
  });
  const pending = await get<PendingList>(`/streams/${partition}/groups/billing/pending`);
  expect(pending).toMatchObject({ items: [{ consumer: 'w-1', deliveries: 1 }], nextCursor: null });
  expect((await admin.call('GET', `/streams/${partition}/groups/nobody/pending`)).status).toBe(404);
});
