import { emptyQualityBins, encodeTimelineLine } from '@tributary/backplane';
import {
  feedMessageSchema,
  historySchema,
  problemsSchema,
  streamsSchema,
  timelineSchema,
  type FeedMessage,
  type FeedRequest,
} from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';

const gateway = new GatewayDouble();
const hostile = 'plant/3 <img src=x>\u202E"}:device:y';
let admin: TestAdmin;

beforeAll(async () => {
  await gateway.start();
  await gateway.connect(hostile, 1);
  const { keys, redis } = gateway;
  const history = keys.history(keys.partitionOf(hostile), hostile);
  const line = { kind: 'connected', ts: Date.now(), epoch: 1, address: '<b>' };
  await redis.lpush(history, encodeTimelineLine(`${Date.now()}-0`, line));
  await redis.xgroup('CREATE', keys.uplink(1), '<group/1>', '0', 'MKSTREAM');
  await gateway.rollUp('15s', Math.floor(Date.now() / 15_000) * 15_000 - 30_000, {}, emptyQualityBins());
  await gateway.stats({ refusals: '[["bad-credentials","10.0.0.7",150]]' });
  admin = await startTestAdmin(gateway);
  await until(() => admin.fleet.phase === 'live' && admin.fleet.nodes.names.length === 1);
});

afterAll(async () => {
  await admin?.stop();
  await gateway.stop();
});

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${admin.address}/api/v1${path}`, { headers: admin.headers, ...init });
const post = (path: string, body: unknown) => {
  const headers = { ...admin.headers, 'content-type': 'application/json' };
  return call(path, { method: 'POST', body: JSON.stringify(body), headers });
};
const id = encodeURIComponent(hostile);
const group = encodeURIComponent('<group/1>');

test.each([
  '/fleet/history',
  '/fleet/history?rangeMs=86400000&columns=10&class=bulk&node=gw-1',
  '/nodes/gw-1.aa11/history',
  '/nodes/nobody/history?rangeMs=60000',
  `/devices/${id}/history?rangeMs=60000`,
  `/devices/${id}/history?from=${Date.now() - 7_200_000}&to=${Date.now() - 3_600_000}`,
  `/devices/${id}/timeline?limit=1`,
  `/devices/${id}/session`,
  `/devices/${id}/traffic`,
  '/streams',
  `/streams/1/groups/${group}/pending?limit=5`,
  '/problems',
])('%s answers as its schema says, and to nobody who is not signed in', async (path) => {
  expect((await call(path)).status).toBe(200);
  const stranger = await fetch(`${admin.address}/api/v1${path}`);
  expect([stranger.status, ((await stranger.json()) as { code: string }).code]).toEqual([
    401,
    'not-signed-in',
  ]);
});

test('bodies are what the page reads', async () => {
  const body = async (path: string): Promise<unknown> => (await call(path)).json();
  expect(historySchema.parse(await body('/fleet/history')).source).toBe('15s');
  expect(streamsSchema.parse(await body('/streams')).groups).toMatchObject([{ name: '<group/1>' }]);
  expect(timelineSchema.parse(await body(`/devices/${id}/timeline`)).items).toMatchObject([
    { text: 'Connected from <b>' },
  ]);
  const refused = { reason: 'bad-credentials', address: '10.0.0.7', count: 150 };
  await until(async () => problemsSchema.parse(await body('/problems')).refused.length > 0);
  expect(await body('/problems')).toMatchObject({ refused: [refused] });
});

test.each([
  ['/fleet/history?from=5', 400, 'bad-range'],
  ['/fleet/history?from=5&to=4', 400, 'bad-range'],
  ['/fleet/history?rangeMs=1', 400, 'bad-request'],
  ['/fleet/history?columns=241', 400, 'bad-request'],
  ['/fleet/history?class=gold', 400, 'bad-request'],
  ['/fleet/history?evil=1', 400, 'bad-request'],
  ['/devices/nobody/timeline', 404, 'device-not-found'],
  ['/devices/nobody/history', 404, 'device-not-found'],
  ['/devices/nobody/session', 404, 'device-not-found'],
  ['/devices/nobody/traffic', 404, 'device-not-found'],
  [`/devices/${id}/timeline?cursor=zzz`, 400, 'bad-request'],
  [`/devices/${id}/timeline?cursor=99999999999999999999-0`, 400, 'bad-request'],
  [`/devices/${id}/timeline?limit=0`, 400, 'bad-request'],
  ['/streams/4/groups/g/pending', 404, 'partition-not-found'],
  ['/streams/5000/groups/g/pending', 400, 'bad-request'],
  ['/streams/x/groups/g/pending', 400, 'bad-request'],
  ['/streams/1/groups/nobody/pending', 404, 'group-not-found'],
  ['/streams/2/groups/nobody/pending', 404, 'group-not-found'],
])('%s is answered with %d %s', async (path, status, code) => {
  const response = await call(path);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
});

test('an alarm is acknowledged, muted and heard of again, and the audit knows', async () => {
  const alarm = 'refused-connects:bad-credentials';
  const path = `/alarms/${encodeURIComponent(alarm)}`;
  await until(async () => (await post(`${path}/acknowledge`, {})).status === 200);
  const muted = await post(`${path}/mute`, { until: Date.now() + 60_000, reason: 'known' });
  expect(await muted.json()).toMatchObject({ state: 'muted', mutedBy: 'admin', acknowledgedBy: 'admin' });
  expect(await (await post(`${path}/unmute`, {})).json()).toMatchObject({ state: 'acknowledged' });
  for (const [verb, body, status] of [
    ['mute', { until: 5, reason: 'too late' }, 400],
    ['mute', { until: Date.now() + 1e11, reason: 'too long' }, 400],
    ['mute', { until: Date.now() + 60_000, reason: 'x' }, 400],
    ['mute', {}, 400],
  ] as const) {
    expect((await post(`${path}/${verb}`, body)).status).toBe(status);
  }
  expect((await post('/alarms/node-lost%3Anobody/acknowledge', {})).status).toBe(404);
  const audit = (await (await call('/audit?action=alarm')).json()) as {
    items: { action: string; result: string }[];
  };
  const done = audit.items.filter(({ result }) => result === 'done').map(({ action }) => action);
  expect(done).toEqual(['alarm.unmute', 'alarm.mute', 'alarm.acknowledge']);
});

test('the channels begin with a snapshot as their schema says', async () => {
  const socket = new WebSocket(`${admin.address.replace('http', 'ws')}/api/v1/live`, {
    headers: admin.headers,
  });
  const messages: FeedMessage[] = [];
  socket.on('message', (data) =>
    messages.push(feedMessageSchema.parse(JSON.parse((data as Buffer).toString()))),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const sub: FeedRequest['sub'] = [{ ch: 'device', id: hostile }, { ch: 'problems' }, { ch: 'streams' }];
  socket.send(JSON.stringify({ sub }));
  const snapshot = (ch: string) => messages.find((one) => one.type === 'snapshot' && one.ch === ch);
  await until(() => ['device', 'problems', 'streams'].every((ch) => snapshot(ch) !== undefined));
  expect(snapshot('device')).toMatchObject({ device: { id: hostile }, events: [] });
  await until(() => messages.some((one) => one.type === 'delta' && one.ch === 'streams'));
  socket.terminate();
});
