import { afterEach, expect, test } from 'vitest';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { AdminServer } from '../server.ts';
import { startAdmin } from '../server.ts';
import { quiet, startTestAdmin, testConfig } from '../testing/admin.ts';
import { GatewayDouble } from '../testing/gateway-double.ts';
import { until } from '../testing/until.ts';
import { pruneOnce } from './prune.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(gateway: GatewayDouble): Promise<AdminServer> {
  cleanups.push(() => gateway.stop());
  const admin = await startTestAdmin(gateway);
  cleanups.push(() => admin.stop());
  return admin;
}

const row = ({ fleet }: AdminServer, id: string) => {
  const slot = fleet.index.slotOf(id);
  return slot === undefined ? undefined : fleet.index.row(slot, fleet.clock.now(), fleet.clock.monotonic());
};

test('waits for the first gateway with an empty fleet, then follows it', async () => {
  const gateway = new GatewayDouble();
  const admin = await start(gateway);
  await until(() => admin.fleet.redis.state === 'up');
  expect(admin.fleet.summary()).toMatchObject({ phase: 'waiting', devices: { total: 0 } });
  await gateway.start();
  await gateway.connect('first', 1);
  await until(() => row(admin, 'first')?.state === 'connected');
  expect(admin.fleet.phase).toBe('live');
});

test('devices come, are taken over and go as their events say', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('old', 1);
  const admin = await start(gateway);
  await until(() => row(admin, 'old'));
  await gateway.connect('new', 2, { address: '10.1.1.1:9' });
  await until(() => row(admin, 'new')?.address === '10.1.1.1:9');
  await gateway.event('new', {
    type: 'superseded',
    epoch: 3,
    ts: Date.now(),
    node: 'gw-2.bb',
    previousEpoch: 2,
  });
  await gateway.event('new', {
    type: 'disconnected',
    epoch: 2,
    ts: Date.now(),
    node: gateway.node,
    reason: 'superseded',
  });
  await gateway.disconnect('old', 1);
  await until(() => row(admin, 'old')?.state === 'offline');
  expect(row(admin, 'new')).toMatchObject({ state: 'connected', node: 'gw-2.bb' });
  expect(row(admin, 'old')).toMatchObject({ reason: 'normal', messages: 3 });
});

test('events it does not know are passed over', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  const admin = await start(gateway);
  await until(() => admin.fleet.phase === 'live');
  await gateway.event('d', { type: 'throttled', epoch: 1, ts: 1 });
  await gateway.event('', { type: 'connected', epoch: 1, ts: 1 });
  await gateway.redis.xadd(gateway.keys.nodeSamples(gateway.node), '*', 'ts', '1', 'devices', '{nonsense');
  await gateway.connect('d', 2);
  await until(() => row(admin, 'd'));
  expect(admin.fleet.redis.state).toBe('up');
});

test('rates of devices and nodes come from samples and stats', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 1);
  const admin = await start(gateway);
  await until(() => row(admin, 'd'));
  const t = Date.now();
  await gateway.sample(t, [['d', 1, 10, 100, t]]);
  await gateway.sample(t + 2000, [['d', 1, 30, 300, t + 2000]]);
  await until(() => row(admin, 'd')?.rate === 10);
  expect(row(admin, 'd')).toMatchObject({ messages: 30, lastSeen: t + 2000 });
  await gateway.stats({ messagesIn: 0, connections: 1 });
  await gateway.stats({ messagesIn: 50, connections: 1 });
  await until(() => (admin.fleet.summary().rates.messagesIn ?? 0) > 0);
});

test('a node that stops beating is silent and its devices unknown; a clean stop just takes it away', async () => {
  const gateway = new GatewayDouble({ beats: false });
  await gateway.start();
  await gateway.connect('d', 1);
  const admin = await start(gateway);
  await until(() => row(admin, 'd')?.state === 'unknown', 30_000);
  expect(row(admin, 'd')).toMatchObject({ reason: 'node-silent' });
  expect(admin.fleet.nodes.views(admin.fleet.clock.monotonic())).toMatchObject([{ state: 'silent' }]);
  await gateway.beat();
  await until(() => row(admin, 'd')?.state === 'connected');
  await gateway.disconnect('d', 1, { reason: 'shutdown', by: 'gateway' });
  await gateway.stopCleanly();
  await until(() => admin.fleet.nodes.names.length === 0);
  await until(() => row(admin, 'd')?.state === 'offline');
  expect(row(admin, 'd')).toMatchObject({ reason: 'shutdown' });
}, 60_000);

test('a node declared dead is lost and its devices unknown at once', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 1);
  const admin = await start(gateway);
  await until(() => row(admin, 'd'));
  await gateway.beat({ tombstone: '1' });
  await until(() => row(admin, 'd')?.state === 'unknown');
  expect(admin.fleet.nodes.views(0)).toMatchObject([{ state: 'lost', figures: null }]);
});

test('forgets devices whose record has expired, and only those', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('stays', 1);
  await gateway.connect('goes', 2);
  const admin = await start(gateway);
  const { fleet } = admin;
  await until(() => fleet.index.size === 2);
  await gateway.forget('goes');
  await pruneOnce(gateway.redis, gateway.keys, fleet.index, 0, 500);
  expect([fleet.index.has('stays'), fleet.index.has('goes')]).toEqual([true, false]);
});

test('what an event did not tell, because it was trimmed before it was read, is put right', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('left', 5);
  await gateway.connect('moved', 5);
  await gateway.connect('fine', 5);
  const admin = await start(gateway);
  const { index } = admin.fleet;
  await until(() => admin.fleet.index.size === 3);
  const record = (id: string): string => gateway.keys.device(gateway.keys.partitionOf(id), id);
  await gateway.redis.hset(record('left'), { state: 'offline', reason: 'normal', disconnectedAt: 7 });
  await gateway.redis.hset(record('moved'), { epoch: 6, node: 'gw-2.bb' });
  await pruneOnce(gateway.redis, gateway.keys, admin.fleet.index, 0, 500);
  expect(row(admin, 'left')).toMatchObject({ state: 'offline', reason: 'normal', disconnectedAt: 7 });
  expect(row(admin, 'moved')).toMatchObject({ node: 'gw-2.bb' });
  expect(row(admin, 'fine')).toMatchObject({ state: 'connected' });
  expect(admin.fleet.index).toBe(index);
});

test('a Redis that lost its epochs is believed', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 9);
  const admin = await start(gateway);
  await until(() => row(admin, 'd'));
  await gateway.forget('d');
  await gateway.connect('d', 1, { address: '10.0.0.9:1' });
  await gateway.connect('then', 2);
  await until(() => row(admin, 'then'));
  await pruneOnce(gateway.redis, gateway.keys, admin.fleet.index, 0, 500);
  expect(row(admin, 'd')).toMatchObject({ state: 'connected', address: '10.0.0.9:1' });
  await gateway.disconnect('d', 1);
  await until(() => row(admin, 'd')?.state === 'offline');
});

test('looks after what no event tells: waiting messages, session expiry, sleepiness', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 1);
  const { fleet } = await start(gateway);
  await until(() => fleet.index.has('d'));
  const partition = gateway.keys.partitionOf('d');
  await gateway.redis.hset(gateway.keys.device(partition, 'd'), { expiry: 3600, sleepy: '1' });
  for (let i = 0; i < 3; i++) await gateway.redis.xadd(gateway.keys.queue(partition, 'd'), '*', 'm', '1');
  await pruneOnce(gateway.redis, gateway.keys, fleet.index, 0, 500);
  const detail = fleet.index.detail(fleet.index.slotOf('d')!, fleet.clock.now(), 0);
  expect(detail).toMatchObject({ backlog: 3, expiry: 3600, isSleepy: true });
});

test('Redis away: serves from memory and says so; back: reads what was missed, by itself', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 1);
  const wire = await cuttableWire(gateway.url);
  cleanups.push(
    () => gateway.stop(),
    () => wire.cut(),
  );
  const through = Object.create(gateway, {
    url: { value: `redis://127.0.0.1:${wire.port}` },
  }) as GatewayDouble;
  const admin = await startTestAdmin(through);
  cleanups.push(() => admin.stop());
  await until(() => row(admin, 'd'));

  await wire.cut();
  await until(() => admin.fleet.redis.state === 'down');
  expect(row(admin, 'd')?.state).toBe('connected');
  await gateway.disconnect('d', 1);
  await gateway.connect('e', 2);

  await wire.mend();
  await until(() => row(admin, 'e')?.state === 'connected');
  expect(row(admin, 'd')?.state).toBe('offline');
  await until(() => admin.fleet.redis.state === 'up');
});

test('a namespace that was emptied under it is an empty fleet again', async () => {
  const gateway = new GatewayDouble();
  await gateway.start();
  await gateway.connect('d', 1);
  const admin = await start(gateway);
  await until(() => row(admin, 'd'));
  await gateway.redis.del(gateway.keys.meta, gateway.keys.device(gateway.keys.partitionOf('d'), 'd'));
  await until(() => admin.fleet.index.size === 0);
});

test('stops within its deadline while Redis never answers', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  cleanups.push(() => void mute.close());
  await until(() => mute.listening);
  const gateway = new GatewayDouble();
  const { port } = mute.address() as AddressInfo;
  cleanups.push(() => gateway.stop());
  const config = testConfig({ url: `redis://127.0.0.1:${port}`, namespace: gateway.keys.namespace });
  const admin = await startAdmin(config, { logger: quiet });
  expect((await fetch(`${admin.address}/api/v1/fleet`)).status).toBe(401);
  const before = performance.now();
  await admin.stop();
  expect(performance.now() - before).toBeLessThan(8000);
});

/** A TCP forwarder to Redis that can be cut and mended on the same port. */
async function cuttableWire(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let server: Server;
  let port = 0;
  const mend = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const cut = (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  await mend();
  return { cut, mend, port };
}
