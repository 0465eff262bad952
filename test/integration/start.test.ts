import { afterEach, expect, test } from 'vitest';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Gateway, startGateway, type ConfigPart } from '../support/gateway.ts';
import { freePort } from '../support/processes.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { until } from '../support/until.ts';

const gateways: Gateway[] = [];
const servers: RedisServer[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function launch(redisUrl: string, config: ConfigPart = {}, env: NodeJS.ProcessEnv = {}): Gateway {
  const gateway = new Gateway({ redisUrl, config, env });
  gateways.push(gateway);
  return gateway;
}

async function redis(...options: Parameters<typeof startRedis>): Promise<RedisServer> {
  const server = await startRedis(...options);
  servers.push(server);
  return server;
}

/** Waits for the process to end by itself; answers its code and all it said. */
async function refusal(gateway: Gateway): Promise<{ code: number | string | undefined; said: string }> {
  await until(
    () => `the gateway to end; it said:\n${gateway.process.lines.join('\n')}`,
    () => gateway.process.exit !== undefined,
  );
  return { code: gateway.process.exit, said: gateway.process.lines.join('\n') };
}

test('a wrong Redis URL is said soon and retried; when Redis appears, all is well', async () => {
  const port = await freePort();
  const opsPort = await freePort();
  const gateway = launch(`redis://127.0.0.1:${port}`, { ops: { host: '127.0.0.1', port: opsPort } });
  const complaints = (): string[] =>
    gateway.process.lines.filter((line) => line.includes(String(port)) && !line.includes('"level":30'));
  await until('a complaint that names the address', () => complaints().length > 0, { deadlineMs: 10_000 });
  const health = await until('the process to be alive', () => fetch(`http://127.0.0.1:${opsPort}/healthz`));
  expect(health.status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${opsPort}/readyz`)).status).toBe(503);
  const before = complaints().length;
  await until('another complaint', () => complaints().length > before, { deadlineMs: 20_000 });
  expect(gateway.process.exit).toBeUndefined();

  await redis({ port });
  await gateway.started();
  await gateway.until(200);
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  expect((await device.connect(freshId())).reasonCode).toBe(0);
  await device.leave();
});

test.each<[string, ConfigPart, RegExp]>([
  ['an unknown key', { limits: { maxPacketByte: 1 } }, /limits\.maxPacketByte\b[^]*maxPacketBytes/],
  ['an unknown key at the top', { lisseners: [] }, /lisseners[^]*listeners/],
  ['a value of the wrong kind', { limits: { maxInflightUp: 'many' } }, /limits\.maxInflightUp/],
  ['a value out of range', { partitions: 0 }, /partitions/],
  ['a bad namespace', { redis: { namespace: 'No Good' } }, /redis\.namespace/],
  [
    'a listener without a protocol',
    { listeners: [{ name: 'a', host: '127.0.0.1', port: 0 }] },
    /listeners[.[]0\]?\.protocol/,
  ],
  [
    'two listeners of one name',
    { listeners: [1, 2].map(() => ({ name: 'a', protocol: 'mqtt', host: '127.0.0.1', port: 0 })) },
    /listeners/,
  ],
  ['more workers than there can be', { workers: 2 }, /workers/],
  [
    'anonymous devices on a public address',
    { listeners: [{ name: 'a', protocol: 'mqtt', host: '0.0.0.0', port: 0 }] },
    /auth\.anonymousPublic/,
  ],
])('refuses to start with %s, exit code 2, and names it', async (_, config, names) => {
  const { code, said } = await refusal(launch('redis://127.0.0.1:1', config));
  expect(code).toBe(2);
  expect(said).toMatch(names);
});

test('refuses an environment variable of the wrong kind by its name or path', async () => {
  const { code, said } = await refusal(
    launch('redis://127.0.0.1:1', {}, { TRIBUTARY_LIMITS_MAX_PACKET_BYTES: 'large' }),
  );
  expect(code).toBe(2);
  expect(said).toMatch(/TRIBUTARY_LIMITS_MAX_PACKET_BYTES|limits\.maxPacketBytes/);
});

test('takes an option from its environment variable', async () => {
  const server = await redis();
  const gateway = launch(
    'redis://127.0.0.1:1',
    {},
    { TRIBUTARY_REDIS_URL: server.url, TRIBUTARY_LIMITS_MAX_INFLIGHT_UP: '7' },
  );
  await gateway.started();
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  expect((await device.connect(freshId())).properties?.receiveMaximum).toBe(7);
  await device.leave();
});

test('refuses to start with another number of partitions than the namespace has, and says both', async () => {
  const server = await redis();
  await startGateway({ redisUrl: server.url }).then((gateway) => gateway.stop());
  const { code, said } = await refusal(launch(server.url, { partitions: 8 }));
  expect(code).not.toBe(0);
  expect(said).toMatch(/16/);
  expect(said).toMatch(/\b8\b/);
  expect(said).toMatch(/partitions/);
});

test('refuses a Redis that may evict keys', async () => {
  const server = await redis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
  const { code, said } = await refusal(launch(server.url));
  expect(code).not.toBe(0);
  expect(said).toMatch(/noeviction/);
});

test('refuses a Redis user without the right to CLIENT KILL, and names the rule', async () => {
  const server = await redis();
  await server.client.call('ACL', 'SETUSER', 'gateway', 'on', '>secret', '~*', '&*', '+@all', '-client|kill');
  const { code, said } = await refusal(launch(server.url.replace('//', '//gateway:secret@')));
  expect(code).not.toBe(0);
  expect(said).toMatch(/client\|kill/i);
});

test('ends when its port is taken, and says which', async () => {
  const server = await redis();
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  try {
    const { code, said } = await refusal(
      launch(server.url, { listeners: [{ name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port }] }),
    );
    expect(code).not.toBe(0);
    expect(said).toContain(String(port));
  } finally {
    holder.close();
  }
});
