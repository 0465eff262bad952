import type { DeviceList, DeviceRow, Groups, OrderState } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminDesk, startAdminDesk } from '../support/admin-desk.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';

const perSite = 24;
const sites = ['berlin', 'röm "1"'];
const devices: RawMqtt[] = [];
let redis: RedisServer;
let gateway: Gateway;
let admin: AdminDesk;

beforeAll(async () => {
  redis = await startRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    nodeId: 'gw-1',
    config: { devices: { rules: [{ match: 'pump-0-*', class: 'critical' }] } },
  });
  admin = await startAdminDesk(redis.url);
  for (const [s, site] of sites.entries()) {
    for (let i = 0; i < perSite; i++) devices.push(await connect(`pump-${s}-${i}`, site));
  }
  await until('all devices to be listed', async () => (await list('')).total === devices.length);
});

afterAll(async () => {
  await admin?.stop();
  await gateway?.kill();
  await redis?.stop();
});

async function connect(id: string, site: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  const userProperties = { 'tag.site': site, 'tag.fw': '2.4.1' };
  await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300, userProperties } });
  return device;
}

async function get<T>(path: string, query: Record<string, string>): Promise<T> {
  const answer = await admin.call<T>('GET', `${path}?${new URLSearchParams(query).toString()}`);
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const list = (q: string, more: Record<string, string> = {}): Promise<DeviceList> =>
  get<DeviceList>('/devices', { q, ...more });

test('devices are found by what they said of themselves when they connected', async () => {
  const rome = await list('tag.site="röm \\"1\\"" fw:2.4.* node:gw-1 proto:mqtt5 prefix:127.0.0.0/8', {
    facets: '1',
  });
  expect(rome.total).toBe(perSite);
  expect(rome.items[0]).toMatchObject({ state: 'connected', tags: { site: 'röm "1"', fw: '2.4.1' } });
  expect(rome.facets?.find(({ key }) => key === 'class')?.values).toEqual([
    { value: 'standard', count: perSite },
  ]);
  expect((await list('class:critical')).total).toBe(perSite);
  const { items, keys } = await get<Groups>('/fleet/groups', { by: 'tag.site' });
  expect(keys.map(({ by }) => by)).toEqual(['tag.fw', 'tag.site']);
  expect(items.every(({ value }) => sites.includes(value))).toBe(true);
});

test('what was measured of their links reaches the list, the groups and the file', async () => {
  // Only who talks is measured: the kernel takes the round trip of what it sends.
  await until(
    'scores of all devices',
    async () => {
      for (const [i, device] of devices.entries()) device.send(publishPacket('t', 'x', 1, 1 + (i % 100)));
      return (await list('cqi>=0')).total === devices.length;
    },
    { deadlineMs: 90_000, everyMs: 500 },
  );
  const [best] = (await list('confidence:low|medium|high', { sort: '-score', limit: '1' })).items;
  expect(best).toMatchObject({ state: 'connected', score: expect.any(Number) });
  const { items } = await get<Groups>('/fleet/groups', { by: 'tag.site' });
  expect(items.map(({ size }) => size)).toEqual([perSite, perSite]);
  for (const { q, value } of items) {
    const lines = await get<string>('/export/devices.ndjson', { q, sort: '-score' });
    const rows = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as DeviceRow);
    expect(rows).toHaveLength(perSite);
    expect(new Set(rows.map(({ tags }) => tags['site']))).toEqual(new Set([value]));
  }
}, 120_000);

test('who leaves is told with the reason and what waits for it, and an open list does not jump', async () => {
  const before = await list('', { sort: 'state', limit: '5' });
  const [gone, sender] = [devices[0]!, devices[1]!];
  gone.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'waits/#', qos: 1 }] });
  await gone.take('suback');
  gone.drop();
  await until('the device to be offline', async () => (await list('id:pump-0-0 state:offline')).total === 1);
  sender.send(publishPacket('waits/1', 'hello', 1, 200));
  const row = await until('the message to wait', async () => (await list('backlog>0')).items[0]);
  expect(row).toMatchObject({ id: 'pump-0-0', reason: 'connection-lost', backlog: 1, score: null });
  expect((await list('reason:connection')).items.map(({ id }) => id)).toEqual(['pump-0-0']);
  const after = await list('', { sort: 'state', limit: '5', cursor: before.nextCursor! });
  expect(after.order).toBe(before.order);
  const { moved } = await get<OrderState>(`/devices/orders/${before.order}`, {});
  expect(moved).toBe(1);
});
