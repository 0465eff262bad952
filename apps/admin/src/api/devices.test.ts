import {
  type DeviceList,
  deviceListSchema,
  groupsSchema,
  orderStateSchema,
} from '@tributary/protocol/admin-api';
import { encodeQualitySamples } from '@tributary/backplane';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { qualitySampleOf } from '../testing/device-facts.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
let admin: TestAdmin;

beforeAll(async () => {
  await gateway.start();
  for (let i = 0; i < 60; i++) {
    const tags = JSON.stringify({ site: i < 30 ? 'berlin' : 'rome' });
    await gateway.connect(`pump-${String(i).padStart(2, '0')}`, i + 1, { tags });
  }
  admin = await startTestAdmin(gateway);
  await until(() => admin.fleet.index.size === 60 && admin.fleet.nodes.names.length === 1);
  const samples = Array.from({ length: 60 }, (_, i) => {
    const isPoor = i < 30 && i % 2 === 0;
    const facts = { score: isPoor ? 30 : 95, band: isPoor ? 'poor' : 'excellent' } as const;
    return qualitySampleOf(`pump-${String(i).padStart(2, '0')}`, i + 1, facts);
  });
  const quality = encodeQualitySamples(samples);
  await gateway.redis.xadd(
    gateway.keys.nodeSamples(gateway.node),
    ...['*', 'ts', String(Date.now()), 'devices', '[]', 'quality', quality],
  );
  await until(() => admin.fleet.index.columns.score[admin.fleet.index.slotOf('pump-59')!] === 95);
});

afterAll(async () => {
  await admin?.stop();
  await gateway.stop();
});

const get = (path: string, query: Record<string, string> = {}) =>
  fetch(`${admin.address}/api/v1${path}?${new URLSearchParams(query).toString()}`, {
    headers: admin.headers,
  });

const list = async (query: Record<string, string>): Promise<DeviceList> =>
  deviceListSchema.parse(await (await get('/devices', query)).json());

test('filters, orders and counts by what the filter language says', async () => {
  const page = await list({ q: 'cqi<50 tag.site:berlin', sort: '-score', limit: '5', facets: '1' });
  expect(page).toMatchObject({ total: 15, items: { length: 5 } });
  expect(page.items[0]).toMatchObject({ id: 'pump-00', score: 30, band: 'poor', tags: { site: 'berlin' } });
  const bands = page.facets?.find((facet) => facet.key === 'band');
  expect(bands?.values).toEqual([{ value: 'poor', count: 15 }]);
  expect(page.without).toBeUndefined();
  const next = await list({
    q: 'cqi<50 tag.site:berlin',
    sort: '-score',
    limit: '20',
    cursor: page.nextCursor!,
  });
  expect(next.items.map((row) => row.id)[0]).toBe('pump-10');
  expect(next).toMatchObject({ order: page.order, nextCursor: null, items: { length: 10 } });
});

test('a broken filter is answered with the places of the words that are wrong', async () => {
  const response = await get('/devices', { q: 'band:bad staet:x cqi<' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'bad-filter',
    errors: [
      { from: 9, to: 16 },
      { from: 17, to: 21 },
    ],
  });
});

test('an empty list tells which condition empties it', async () => {
  const page = await list({ q: 'band:bad tag.site:rome' });
  expect(page).toMatchObject({ total: 0, items: [], nextCursor: null });
  expect(page.without).toEqual([
    { term: 'band:bad', total: 30 },
    { term: 'tag.site:rome', total: 0 },
  ]);
});

test('tells how far a list has aged', async () => {
  const { order } = await list({ sort: '-score' });
  const stateOf = async (name: string) =>
    orderStateSchema.parse(await (await get(`/devices/orders/${name}`)).json());
  expect(await stateOf(order)).toMatchObject({ moved: 0, added: 0, isExpired: false });
  expect(await stateOf('gone')).toMatchObject({ isExpired: true });
});

test('tells which groups are worst, and refuses to group by what is none', async () => {
  const groups = groupsSchema.parse(await (await get('/fleet/groups', { by: 'tag.site' })).json());
  expect(groups.items).toMatchObject([
    { value: 'berlin', size: 30, poorShare: 0.5, restShare: 0, cause: 'rtt', q: 'tag.site:berlin' },
    { value: 'rome', size: 30, poorShare: 0 },
  ]);
  expect(groups.keys).toEqual([{ by: 'tag.site', devices: 60, values: 2 }]);
  expect(await (await get('/fleet/groups', { by: 'colour' })).json()).toMatchObject({ code: 'bad-group' });
});

test('the fleet in numbers says how its links are', async () => {
  const { quality } = (await (await get('/fleet')).json()) as { quality: unknown };
  expect(quality).toMatchObject({
    bands: { excellent: 45, poor: 15, unknown: 0 },
    p5: 30,
    goodShare: 0.75,
    goodShareYesterday: null,
    lost: { rtt: 15, jitter: 5 },
  });
});
