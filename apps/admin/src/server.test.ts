import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DeviceList } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from './testing/admin.ts';
import { GatewayDouble } from './testing/gateway-double.ts';
import { until } from './testing/until.ts';

const gateway = new GatewayDouble();
const hostile = ['a/b', 'x}:device:y', '<img src=x>', '%2e%2e', '设备 1', 'q?a=1#b'];
let admin: TestAdmin;
let webRoot: string;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'tributary-web-'));
  await mkdir(join(webRoot, 'assets'));
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(webRoot, 'assets', 'app-1234.js'), 'let a');
  await writeFile(join(webRoot, 'assets', 'app-1234.js.gz'), gzipSync('let a'));
  await gateway.start();
  for (let i = 0; i < 25; i++) await gateway.connect(`pump-${String(i).padStart(2, '0')}`, i + 1);
  for (const [i, id] of hostile.entries()) await gateway.connect(id, 100 + i);
  // A session key that the glob of the snapshot also matches, and a record that is no hash.
  await gateway.redis.hset(gateway.keys.session(0, 'x}:device:y'), { epoch: 1 });
  await gateway.redis.set(gateway.keys.device(gateway.keys.partitionOf('broken'), 'broken'), 'text');
  admin = await startTestAdmin(gateway, { webRoot });
  await until(() => admin.fleet.phase === 'live' && admin.fleet.nodes.names.length === 1);
});

afterAll(async () => {
  await admin?.stop();
  await gateway.stop();
  await rm(webRoot, { recursive: true, force: true });
});

const get = (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
  fetch(`${admin.address}${path}`, { ...init, headers: { ...admin.headers, ...init.headers } });

/** A request with headers that fetch does not let anyone set. */
function getRaw(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(admin.address);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: hostname, port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject).end();
  });
}

test('lists devices page by page, each once, with the exact total', async () => {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = (await (await get(`/api/v1/devices?limit=7${query}`)).json()) as DeviceList;
    expect(page.total).toBe(31);
    found.push(...page.items.map((row) => row.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(new Set(found).size).toBe(31);
  expect(found).toHaveLength(31);
});

test('finds by prefix and by state', async () => {
  const q = encodeURIComponent('id:pump-1* state:connected');
  const page = (await (await get(`/api/v1/devices?q=${q}`)).json()) as DeviceList;
  expect(page.total).toBe(10);
  expect(page.items[0]).toMatchObject({
    id: 'pump-10',
    state: 'connected',
    protocol: 'mqtt5',
    node: gateway.node,
  });
});

test.each(hostile)('tells one device, whatever its name: %s', async (id) => {
  const response = await get(`/api/v1/devices/${encodeURIComponent(id)}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id, keepAlive: 60, connects: 1 });
});

test('tells a device with the longest id', async () => {
  const id = '设'.repeat(85);
  await gateway.connect(id, 500);
  await until(async () => (await get(`/api/v1/devices/${encodeURIComponent(id)}`)).status === 200);
  await gateway.forget(id);
  admin.fleet.index.remove(id);
});

test.each([
  ['/api/v1/devices/nobody', 404, 'device-not-found'],
  ['/api/v1/devices?limit=201', 400, 'bad-request'],
  ['/api/v1/devices?limit=x', 400, 'bad-request'],
  ['/api/v1/devices?sort=colour', 400, 'bad-request'],
  ['/api/v1/devices?staet=offline', 400, 'bad-request'],
  ['/api/v1/devices?cursor=zzz', 400, 'bad-cursor'],
  ['/api/v1/nothing', 404, 'not-found'],
  ['/assets/gone-1.js', 404, 'not-found'],
  ['/api/v1/devices/%ff', 400, 'bad-request'],
])('answers %s with a problem', async (path, status, code) => {
  const response = await get(path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
});

test('lists nodes with what they say of themselves', async () => {
  const { items } = (await (await get('/api/v1/nodes')).json()) as { items: unknown[] };
  expect(items).toMatchObject([
    { node: gateway.node, id: 'gw-1', state: 'ready', durability: 'always', figures: null },
  ]);
});

test('sums the fleet up', async () => {
  const summary = (await (await get('/api/v1/fleet')).json()) as object;
  expect(summary).toMatchObject({
    phase: 'live',
    redis: { state: 'up' },
    devices: { total: 31, connected: 31, offline: 0, unknown: 0 },
    nodes: { total: 1, ready: 1, silent: 0 },
  });
});

test('refuses requests and upgrades of other sites with 403', async () => {
  const evil = await getRaw('/api/v1/devices', { host: 'evil.example' });
  expect(evil.status).toBe(403);
  expect(JSON.parse(evil.body)).toMatchObject({ code: 'forbidden-host' });
  expect((await get('/', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  const upgrade = {
    ...{ 'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13' },
    ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'origin': 'http://evil.example' },
  };
  expect((await getRaw('/api/v1/live', upgrade)).status).toBe(403);
  expect((await getRaw('/nowhere', upgrade)).status).toBe(403);
});

test('serves the page at its deep links, revalidated, and assets for ever, under a strict policy', async () => {
  for (const path of ['/', '/devices', '/devices?q=a', '/devices/plant-3%2Fpump']) {
    const page = await get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('strict-transport-security')).toBeNull();
    expect(await page.text()).toContain('<title>page</title>');
  }
  const asset = await get('/assets/app-1234.js');
  expect(asset.headers.get('cache-control')).toContain('immutable');
  const head = await get('/devices', { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  expect((await get('/api/v1/devices', { method: 'HEAD' })).status).toBe(200);
});

test('a file with a zipped copy beside it is sent zipped to whoever takes that', async () => {
  const zipped = await get('/assets/app-1234.js', { headers: { 'accept-encoding': 'gzip' } });
  const plain = await get('/assets/app-1234.js', { headers: { 'accept-encoding': 'identity' } });
  const encodings = [zipped, plain].map(({ headers }) => headers.get('content-encoding'));
  expect(encodings).toEqual(['gzip', null]);
  for (const answer of [zipped, plain]) {
    expect(answer.headers.get('content-type')).toMatch(/javascript/);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
    expect(await answer.text()).toBe('let a');
  }
});

test('answers of the API are never cached', async () => {
  expect((await get('/api/v1/devices')).headers.get('cache-control')).toBe('no-store');
  const otherwise = await get('/%61pi/v1/devices');
  expect([otherwise.status, otherwise.headers.get('cache-control')]).toEqual([200, 'no-store']);
});

test('forms and other methods find nothing', async () => {
  expect((await get('/devices', { method: 'POST' })).status).toBe(404);
  expect((await get('/api/v1/devices', { method: 'DELETE' })).status).toBe(404);
});
