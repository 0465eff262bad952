import type { Ban, Operation } from '@tributary/protocol/admin-api';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type AdminDesk, startAdminDesk } from '../support/admin-desk.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { promptMs, until } from '../support/until.ts';
import { endedInTime } from './support/within-two-seconds.ts';

const banned = 0x8a;
const badCredentials = 0x86;

const dir = mkdtempSync(join(tmpdir(), 'tributary-bans-'));
const secretFile = join(dir, 'secret');
const secret = randomBytes(32).toString('hex');
writeFileSync(secretFile, secret);

const config = {
  auth: { anonymous: true, chain: [{ type: 'jwt', secretFile }], binding: 'none' },
  flapping: { mode: 'enforce', connects: 5, failedAuthentications: { perDevice: 4, perAddress: 20 } },
  listeners: [
    { name: 'mqtt', protocol: 'mqtt', host: '127.0.0.1', port: 0 },
    {
      ...{ name: 'ws', protocol: 'ws', host: '127.0.0.1', port: 0 },
      proxy: { header: 'x-forwarded-for', trusted: ['127.0.0.1'] },
    },
  ],
};
let redis: RedisServer;
let nodes: readonly Gateway[] = [];
let admin: AdminDesk;
beforeAll(async () => {
  redis = await startRedis();
  const start = (nodeId: string) => startGateway({ redisUrl: redis.url, nodeId, config });
  nodes = await Promise.all(['gw-1', 'gw-2'].map(start));
  admin = await startAdminDesk(redis.url);
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await admin?.stop();
  await Promise.all(nodes.map((node) => node.stop()));
  await redis?.stop();
});

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
function tokenOf(user: string): Buffer {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub: user, exp })}`;
  return Buffer.from(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`);
}

/** Connects; answers the code, and the connection. */
async function enter(
  node: Gateway,
  id: string,
  user?: string,
  password?: Buffer,
): Promise<[number, RawMqtt]> {
  const client = await RawMqtt.tcp(node.port('mqtt'));
  onTestFinished(() => client.drop());
  const credentials = user === undefined ? {} : { username: user, password: password ?? tokenOf(user) };
  return [(await client.connect(id, credentials)).reasonCode ?? 0, client];
}

/** The same over WebSocket, from somewhere else; no code where not even the handshake is answered. */
async function enterFrom(
  address: string,
  node: Gateway,
  id: string,
  user: string,
  password?: Buffer,
): Promise<number | undefined> {
  const headers = { 'x-forwarded-for': address };
  const client = await RawMqtt.ws(node.wsUrl('/mqtt'), 5, 'mqtt', { headers }).catch(() => undefined);
  if (client === undefined) return undefined;
  onTestFinished(() => client.drop());
  return (await client.connect(id, { username: user, password: password ?? tokenOf(user) })).reasonCode ?? 0;
}

const codeOn = async (node: Gateway, id: string, user?: string, password?: Buffer): Promise<number> => {
  const [code, client] = await enter(node, id, user, password);
  client.drop();
  return code;
};
const listed = async (): Promise<readonly Ban[]> =>
  (await admin.call<{ items: Ban[] }>('GET', '/bans')).body.items;

test('a device that flaps is kept out of both nodes within two seconds, and the dashboard says who did it and why', async () => {
  const id = freshId('flapper');
  let code = 0;
  for (let i = 0; i < 8 && code === 0; i++) {
    code = await codeOn(nodes[0]!, id);
    await until(
      'the node to know that it left',
      async () => (await nodes[0]!.metric('tributary_connections')) === 0,
    );
  }
  expect(code).toBe(banned);
  const began = performance.now();
  // Not found out by coming, or it would be a flapper to the other node as well.
  await until('the other node to know', async () => (await nodes[1]!.metric('tributary_bans')) === 1);
  expect(await codeOn(nodes[1]!, id)).toBe(banned);
  expect(performance.now() - began).toBeLessThan(promptMs);
  expect(await listed()).toMatchObject([
    { target: `id:${id}`, by: 'auto:flapping', strikes: 1, reason: 'more than 5 connections in 60 s' },
  ]);
  const labels = { scope: 'device', reason: 'flapping' };
  expect(await nodes[0]!.metric('tributary_throttled_total', labels)).toBe(1);
  const lifted = await admin.call<Operation>('DELETE', `/bans/${encodeURIComponent(`id:${id}`)}`);
  await admin.ended(lifted.body.id);
  expect(await codeOn(nodes[0]!, id)).toBe(0);
});

test('wrong credentials keep out that user from there; its session, and other users from there, go on', async () => {
  const [id, user] = [freshId('pump'), freshId('ann')];
  const [, live] = await enter(nodes[0]!, id, user);
  const wrong = Buffer.from('no token at all');
  for (let i = 0; i < 5; i++) expect(await codeOn(nodes[0]!, freshId(), user, wrong)).toBe(badCredentials);
  for (const node of nodes)
    await until(
      'its right credentials to be of no use',
      async () => (await codeOn(node, freshId(), user)) === banned,
    );
  expect(await codeOn(nodes[0]!, freshId(), freshId('bob'))).toBe(0);
  live.send({ cmd: 'pingreq' });
  await live.take('pingresp');
  const target = `at:127.0.0.1 user:${user}`;
  expect(await listed()).toMatchObject([{ target, by: 'auto:failed-authentications' }]);
  await admin.ended((await admin.call<Operation>('DELETE', `/bans/${encodeURIComponent(target)}`)).body.id);
});

test('many users tried from one address ban it, but not where good devices live behind it', async () => {
  const [attacker, home] = nodes as [Gateway, Gateway];
  const carrier = '198.51.100.7';
  for (let i = 0; i < 3; i++)
    expect(await enterFrom(carrier, home, freshId('meter'), freshId('user'))).toBe(0);
  const wrong = Buffer.from('no token at all');
  for (let i = 0; i <= 20; i++)
    expect(await enterFrom(carrier, attacker, freshId(), freshId('guess'), wrong)).toBe(badCredentials);
  const came = (node: Gateway): Promise<number | undefined> =>
    enterFrom(carrier, node, freshId('meter'), freshId('user'));
  await until('it to be kept out', async () => (await came(attacker)) === undefined);
  await until('the other node to know', async () => (await home.metric('tributary_bans')) === 1);
  expect(await came(home)).toBe(0);
  expect(await enterFrom('198.51.100.8', attacker, freshId(), freshId('user'))).toBe(0);
  const target = `ip:${carrier}`;
  expect(await listed()).toMatchObject([{ target, by: 'auto:failed-authentications' }]);
  await admin.ended((await admin.call<Operation>('DELETE', `/bans/${encodeURIComponent(target)}`)).body.id);
  expect(await came(attacker)).toBe(0);
});

test('a banned user is ended and refused on both nodes within two seconds, whatever its client ids', async () => {
  const user = freshId('carl');
  const ids = nodes.map(() => freshId('lamp'));
  const sessions = await Promise.all(nodes.map((node, i) => enter(node, ids[i]!, user)));
  const [code, other] = await enter(nodes[1]!, freshId('lamp'), freshId('dora'));
  expect([code, ...sessions.map(([answer]) => answer)]).toEqual([0, 0, 0]);
  const target = `user:${user}`;
  const dry = await admin.call('POST', '/bans', ban(target, { dryRun: true }));
  expect(dry).toMatchObject({ status: 200, body: { connected: null, sample: [] } });
  const atMs = Date.now();
  const { body } = await admin.call<Operation>('POST', '/bans', ban(target));
  for (const [, client] of sessions) expect((await client.end()).disconnect?.reasonCode).toBe(0x98);
  await endedInTime(redis.client, ids, 'banned', atMs);
  await admin.ended(body.id);
  for (const node of nodes) expect(await codeOn(node, freshId(), user)).toBe(banned);
  other.send({ cmd: 'pingreq' });
  await other.take('pingresp');
});

const ban = (target: string, more: object = {}): object => ({
  ...{ target, reason: 'has left', until: Date.now() + 60_000 },
  ...more,
});
