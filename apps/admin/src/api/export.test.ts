import type { DeviceRow } from '@tributary/protocol/admin-api';
import { afterEach, expect, test } from 'vitest';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { arrivalOf } from '../testing/device-facts.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const hostile = [
  '=1+1',
  '+x',
  '-x',
  '@x',
  'a"b',
  'a,b',
  'a\r\nb',
  '设备',
  '<b>',
  "'x",
  '\tx',
  'a\u202eb',
  ' =1',
];

async function start(ids: readonly string[]): Promise<{ gateway: GatewayDouble; admin: TestAdmin }> {
  const gateway = new GatewayDouble();
  cleanups.push(() => gateway.stop());
  await gateway.start();
  for (const [i, id] of ids.entries()) {
    await gateway.connect(id, i + 1, { tags: JSON.stringify({ site: `=${id}` }) });
  }
  const admin = await startTestAdmin(gateway);
  cleanups.push(() => admin.stop());
  await until(() => admin.fleet.phase === 'live' && admin.fleet.index.size === ids.length);
  return { gateway, admin };
}

const get = (admin: TestAdmin, path: string, init: RequestInit = {}) =>
  fetch(`${admin.address}/api/v1/export/${path}`, { ...init, headers: { ...admin.headers } });

/** Reads CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    const [, quoted, bare = '', end] =
      /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/.exec(text.slice(at)) ?? [];
    if (end === undefined) throw new Error(`no cell at ${at}`);
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare);
    at += (quoted === undefined ? bare.length : quoted.length + 2) + end.length;
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

test('a CSV file has every device once, and no cell that a spreadsheet would run', async () => {
  const { admin } = await start(hostile);
  const response = await get(admin, 'devices.csv?sort=-id');
  expect(response.headers.get('content-type')).toContain('text/csv');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="devices.csv"');
  const [head, ...rows] = parseCsv(await response.text());
  expect(head!.slice(0, 3)).toEqual(['id', 'state', 'reason']);
  const found = rows.map((row) => row[0]!);
  const formulas = new Set(['=1+1', '+x', '-x', '@x', '\tx', ' =1']);
  const expected = [...hostile].sort((a, b) => (a < b ? 1 : -1));
  expect(found).toEqual(expected.map((id) => (formulas.has(id) ? `'${id}` : id)));
  for (const row of rows) {
    expect(row).toHaveLength(head!.length);
    for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@]/);
  }
});

test('an NDJSON file has the rows of the filter, in its order', async () => {
  const { admin } = await start(Array.from({ length: 600 }, (_, i) => `pump-${String(i).padStart(3, '0')}`));
  const response = await get(admin, `devices.ndjson?sort=-id&q=${encodeURIComponent('-id:pump-1*')}`);
  const rows = (await response.text()).split('\n').filter((line) => line !== '');
  expect(rows).toHaveLength(500);
  expect(rows.map((line) => (JSON.parse(line) as DeviceRow).id).at(-1)).toBe('pump-000');
  expect(JSON.parse(rows[0]!)).toMatchObject({
    id: 'pump-599',
    state: 'connected',
    tags: { site: '=pump-599' },
  });
});

test('an export is audited, and refused where it is asked for too often or wrongly', async () => {
  const { gateway, admin } = await start(['a']);
  expect((await get(admin, 'devices.csv?q=staet:x')).status).toBe(400);
  for (let i = 0; i < 6; i++)
    expect(await (await get(admin, 'devices.csv?q=band:unknown')).text()).toContain('a,');
  const refused = await get(admin, 'devices.csv');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'too-many-exports' });
  const entries = await gateway.redis.xrange(gateway.keys.audit, '-', '+');
  const exports = entries.filter(([, fields]) => fields.includes('devices.export'));
  expect(exports).toHaveLength(6);
  expect(exports[0]![1]).toEqual(expect.arrayContaining(['admin', 'band:unknown']));
});

test('a reader that leaves in the middle lets the next export begin', async () => {
  const { admin } = await start(['a']);
  // More than all buffers between us hold.
  for (let i = 0; i < 30_000; i++)
    admin.fleet.index.applyArrival(arrivalOf(`${i}-${'x'.repeat(240)}`, i + 1));
  const abort = new AbortController();
  const response = await get(admin, 'devices.ndjson', { signal: abort.signal });
  await response.body!.getReader().read();
  expect((await get(admin, 'devices.csv')).status).toBe(429);
  abort.abort();
  await until(async () => (await get(admin, 'devices.csv?q=id:nobody')).status === 200);
});
