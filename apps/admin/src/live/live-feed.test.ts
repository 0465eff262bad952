import { feedMessageSchema, type FeedMessage, type FeedRequest } from '@tributary/protocol/admin-api';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { startTestAdmin, type TestAdmin } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  env: Record<string, string> = {},
): Promise<{ gateway: GatewayDouble; admin: TestAdmin }> {
  const gateway = new GatewayDouble();
  cleanups.push(() => gateway.stop());
  await gateway.start();
  const admin = await startTestAdmin(gateway, {}, env);
  cleanups.push(() => admin.stop());
  await until(() => admin.fleet.phase === 'live');
  return { gateway, admin };
}

interface Tab {
  socket: WebSocket;
  messages: FeedMessage[];
  closed: () => { code: number; reason: string } | undefined;
  subscribe: (...sub: FeedRequest['sub']) => void;
  /** The first message that fits, from now or before. */
  wait: (fits: (message: FeedMessage) => boolean) => Promise<FeedMessage>;
}

async function open(admin: TestAdmin, options: ClientOptions = {}): Promise<Tab> {
  const socket = new WebSocket(`${admin.address.replace('http', 'ws')}/api/v1/live`, {
    headers: admin.headers,
    ...options,
  });
  cleanups.push(() => socket.terminate());
  const messages: FeedMessage[] = [];
  let closed: { code: number; reason: string } | undefined;
  socket.on('message', (data) =>
    messages.push(feedMessageSchema.parse(JSON.parse((data as Buffer).toString()))),
  );
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    messages,
    closed: () => closed,
    subscribe: (...sub) => socket.send(JSON.stringify({ sub })),
    wait: (fits) => until(() => messages.find(fits)),
  };
}

const deltaOf = (message: FeedMessage) =>
  message.type === 'delta' && message.ch === 'rows' ? message : undefined;
const snapshotOf = (message: FeedMessage) =>
  message.type === 'snapshot' && message.ch === 'rows' ? message : undefined;

test('says hello, then a snapshot of each channel, then deltas without a gap', async () => {
  const { gateway, admin } = await start();
  const tab = await open(admin);
  tab.subscribe({ ch: 'fleet' }, { ch: 'nodes' });
  await tab.wait((m) => m.type === 'snapshot' && m.ch === 'nodes');
  expect(tab.messages[0]).toMatchObject({ type: 'hello', build: 'none' });
  await gateway.connect('d', 1);
  await tab.wait((m) => m.type === 'delta' && m.ch === 'fleet' && m.fleet.devices.connected === 1);
  const fleet = tab.messages.filter((m) => m.type !== 'hello' && m.ch === 'fleet');
  expect(fleet.map((m) => 'seq' in m && m.seq)).toEqual(fleet.map((_, i) => i + 1));
});

test('tells only of the rows asked for, and of those only what changed', async () => {
  const { gateway, admin } = await start();
  await gateway.connect('seen', 1);
  await gateway.connect('other', 2);
  await until(() => admin.fleet.index.size === 2);
  const tab = await open(admin);
  tab.subscribe({ ch: 'rows', ids: ['seen', 'nobody'] });
  expect(snapshotOf(await tab.wait((m) => m.type === 'snapshot'))?.rows).toMatchObject([{ id: 'seen' }]);
  await gateway.disconnect('other', 2);
  await gateway.disconnect('seen', 1, { reason: 'kicked' });
  const delta = deltaOf(await tab.wait((m) => m.type === 'delta'));
  expect(delta?.rows).toEqual([
    {
      id: 'seen',
      attention: 0,
      state: 'offline',
      reason: 'kicked',
      messages: 3,
      lastSeen: expect.any(Number),
      disconnectedAt: expect.any(Number),
    },
  ]);
  await gateway.forget('seen');
  admin.fleet.index.remove('seen');
  await tab.wait((m) => deltaOf(m)?.gone.includes('seen') === true);
});

test('the same subscription again changes nothing; fresh asks for a new snapshot', async () => {
  const { admin } = await start();
  const tab = await open(admin);
  const snapshots = () => tab.messages.filter((m) => m.type === 'snapshot').length;
  tab.subscribe({ ch: 'nodes' });
  tab.subscribe({ ch: 'nodes' });
  tab.subscribe({ ch: 'nodes' }, { ch: 'rows', ids: [] });
  await until(() => snapshots() === 2);
  tab.subscribe({ ch: 'nodes', fresh: true });
  await until(() => snapshots() === 3);
  tab.subscribe();
  tab.subscribe({ ch: 'nodes' });
  await until(() => snapshots() === 4);
});

test('a tab that is hidden may ask for less', async () => {
  const { admin } = await start();
  const tab = await open(admin);
  const other = await open(admin);
  tab.subscribe({ ch: 'fleet', everyMs: 60_000 });
  other.subscribe({ ch: 'fleet' });
  await until(() => other.messages.filter((m) => m.type === 'delta').length >= 2);
  expect(tab.messages.filter((m) => m.type === 'delta')).toEqual([]);
});

test.each([
  ['no JSON', 'hello'],
  ['no subscription', '{"sub":[{"ch":"secrets"}]}'],
  ['an unknown field', '{"sub":[],"eval":"x"}'],
  ['too many rows', JSON.stringify({ sub: [{ ch: 'rows', ids: Array.from({ length: 201 }, String) }] })],
])('closes a viewer that sends %s', async (_what, text) => {
  const { admin } = await start();
  const tab = await open(admin);
  tab.socket.send(text);
  await until(() => tab.closed()?.code === 4400);
});

test('closes a viewer whose message is too large', async () => {
  const { admin } = await start();
  const tab = await open(admin);
  tab.socket.send('x'.repeat(300_000));
  await until(() => tab.closed()?.code === 1009);
});

test('closes a viewer that subscribes too often', async () => {
  const { admin } = await start({ TRIBUTARY_ADMIN_FEED_MAX_MESSAGES_PER_SECOND: '5' });
  const tab = await open(admin);
  for (let i = 0; i < 20; i++) tab.subscribe({ ch: 'fleet' });
  await until(() => tab.closed()?.code === 4400);
});

test('a viewer that does not read is skipped, then closed; the others notice nothing', async () => {
  const { gateway, admin } = await start({
    TRIBUTARY_ADMIN_FEED_MAX_BUFFERED_BYTES: '1024',
    TRIBUTARY_ADMIN_FEED_SLOW_CLOSE_MS: '1000',
    TRIBUTARY_ADMIN_FEED_MAX_MESSAGES_PER_SECOND: '1000',
  });
  const ids = Array.from({ length: 200 }, (_, i) => `device-${i}-${'x'.repeat(200)}`);
  for (const [i, id] of ids.entries()) await gateway.connect(id, i + 1);
  await until(() => admin.fleet.index.size === 200);
  const slow = await open(admin);
  const good = await open(admin);
  good.subscribe({ ch: 'fleet' });
  slow.socket.pause();
  // Snapshots of 200 rows until the kernel's buffers between us are full.
  for (let i = 0; i < 200; i++) slow.subscribe({ ch: 'rows', ids, fresh: true });
  await until(() => admin.fleet.clock.monotonic() > 0 && good.messages.length > 4);
  slow.socket.resume();
  await until(() => slow.closed() !== undefined);
  expect(good.closed()).toBeUndefined();
});

test('a viewer more than allowed gets 503 and the page of another site 403', async () => {
  const { admin } = await start({ TRIBUTARY_ADMIN_FEED_MAX_VIEWERS: '1' });
  await open(admin);
  await expect(open(admin)).rejects.toThrow('503');
  await expect(open(admin, { origin: 'http://evil.example' })).rejects.toThrow('403');
});

test('stops at once with tabs open, telling them so', async () => {
  const { admin } = await start();
  const tab = await open(admin);
  const before = performance.now();
  await admin.stop();
  expect(performance.now() - before).toBeLessThan(8000);
  await until(() => tab.closed()?.code === 1001);
});
