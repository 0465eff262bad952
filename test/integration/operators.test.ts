import { request as httpsRequest } from 'node:https';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runAdmin, startAdmin, type Admin } from '../support/admin.ts';
import { Authorities } from '../support/certificates.ts';
import { freePort } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { signIn, type SignedInHeaders } from '../support/sign-in.ts';
import { promptMs, until } from '../support/until.ts';

// Operators over whole processes: what only shows when an admin starts, dies, or is one of two.

let redis: RedisServer;
let admins: Admin[];

beforeEach(async () => {
  redis = await startRedis();
  admins = [];
});
afterEach(async () => {
  for (const admin of admins) await admin.kill();
  await redis.stop();
});

async function start(env: NodeJS.ProcessEnv = {}, port = 0): Promise<Admin> {
  const admin = await startAdmin({ redisUrl: redis.url, port, env });
  admins.push(admin);
  return admin;
}

const noPassword = { TRIBUTARY_ADMIN_FIRST_PASSWORD: '', TRIBUTARY_LOG_LEVEL: 'warn' };
const passwordIn = (output: string): string | undefined =>
  /^ +password +([0-9a-z]{5}(?:-[0-9a-z]{5}){3})$/m.exec(output)?.[1];

const get = (admin: Admin, path: string, headers: Partial<SignedInHeaders>): Promise<Response> =>
  fetch(`${admin.address}/api/v1${path}`, { headers: { ...headers } });
const statusOf = async (admin: Admin, path: string, headers: Partial<SignedInHeaders>): Promise<number> =>
  (await get(admin, path, headers)).status;

async function send(admin: Admin, path: string, headers: SignedInHeaders, body: object): Promise<Response> {
  return fetch(`${admin.address}/api/v1${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function watch(admin: Admin, headers: SignedInHeaders): Promise<{ code: () => number | undefined }> {
  const socket = new WebSocket(`${admin.address.replace('http', 'ws')}/api/v1/live`, {
    headers: { ...headers },
  });
  let code: number | undefined;
  socket.on('close', (reason) => (code = reason));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { code: () => code };
}

test('the first start prints a password, beside the log and not in it; later starts print none', async () => {
  const first = await start(noPassword);
  const password = passwordIn(first.output) ?? '';
  await signIn(first.address, { password });
  const log = first.process.lines.filter((line) => line.startsWith('{'));
  expect(log.join('\n')).not.toContain(password);
  expect(first.output.split(password)).toHaveLength(2);
  expect(first.output).toContain('--reset-password admin');
  await first.stop();
  const second = await start(noPassword);
  expect(second.process.lines.every((line) => line.startsWith('{'))).toBe(true);
  await signIn(second.address, { password });
});

test('of two that start at once on an empty Redis one makes the operator', async () => {
  const both = await Promise.all([start(noPassword), start(noPassword)]);
  const passwords = both.map(({ output }) => passwordIn(output)).filter((one) => one !== undefined);
  expect(passwords).toHaveLength(1);
  for (const { address } of both) await signIn(address, { password: passwords[0] ?? '' });
});

test('an admin that starts before Redis makes the operator when Redis is there', async () => {
  await redis.kill();
  const early = await start(noPassword);
  expect(await statusOf(early, '/fleet', {})).toBe(401);
  await expect(signIn(early.address)).rejects.toThrow('redis-away');
  await redis.start();
  const password = await until('the password', () => passwordIn(early.output));
  await signIn(early.address, { password });
});

test('a killed admin comes back and everybody is still signed in', async () => {
  const port = await freePort();
  const admin = await start({}, port);
  const headers = await signIn(admin.address);
  await admin.kill();
  const again = await start({}, port);
  expect(await statusOf(again, '/session', headers)).toBe(200);
});

test('while Redis is away who was there may look and not touch, and nobody comes in', async () => {
  const admin = await start();
  const headers = await signIn(admin.address);
  const socket = await watch(admin, headers);
  expect(await statusOf(admin, '/fleet', headers)).toBe(200);
  await redis.kill();
  await until('the admin to notice', async () => {
    const answer = await send(admin, '/operators', headers, { name: 'ann', role: 'viewer' });
    const { code } = (await answer.json()) as { code: string };
    return answer.status === 503 && code === 'redis-away';
  });
  expect(await statusOf(admin, '/fleet', headers)).toBe(200);
  expect(await statusOf(admin, '/session', headers)).toBe(200);
  const unseen = { cookie: `tributary-session=${'A'.repeat(43)}` };
  expect(await statusOf(admin, '/fleet', unseen)).toBe(503);
  await expect(signIn(admin.address)).rejects.toThrow('redis-away');
  expect(socket.code()).toBeUndefined();
});

test('a Redis that stands still holds up no answer to who is signed in', async () => {
  const admin = await start();
  const headers = await signIn(admin.address);
  await until('the session to be known', async () => (await statusOf(admin, '/fleet', headers)) === 200);
  redis.pause();
  const before = performance.now();
  for (let i = 0; i < 20; i++) expect(await statusOf(admin, '/fleet', headers)).toBe(200);
  // One look-up may wait for its reply, 1.5 s; then the store counts as away.
  expect(performance.now() - before).toBeLessThan(15_000);
  redis.resume();
});

test('a password is reset from the shell: the old one, its sessions and sockets end within two seconds', async () => {
  const admin = await start();
  const headers = await signIn(admin.address);
  const socket = await watch(admin, headers);
  const { code, output } = await runAdmin(['--reset-password', 'admin'], { TRIBUTARY_REDIS_URL: redis.url });
  expect(code).toBe(0);
  await until('the socket to close', () => socket.code() === 4401, { deadlineMs: promptMs });
  expect(await statusOf(admin, '/session', headers)).toBe(401);
  await expect(signIn(admin.address)).rejects.toThrow('wrong-credentials');
  const password = /^ +([0-9a-z]{5}(?:-[0-9a-z]{5}){3})$/m.exec(output)?.[1] ?? '';
  const renewed = await signIn(admin.address, { password });
  const audit = (await (await get(admin, '/audit?action=operator.reset', renewed)).json()) as object;
  expect(audit).toMatchObject({ items: [{ via: 'shell', target: 'admin', result: 'done' }] });
});

test('resetting the password of nobody says who there is, and changes nothing', async () => {
  const admin = await start();
  const { code, output } = await runAdmin(['--reset-password', 'nobody'], { TRIBUTARY_REDIS_URL: redis.url });
  expect([code, output]).toEqual([1, 'There is no operator "nobody". There is: admin']);
  await signIn(admin.address);
});

test('a reset without Redis ends with the reason', async () => {
  await redis.kill();
  const { code, output } = await runAdmin(['--reset-password', 'admin'], { TRIBUTARY_REDIS_URL: redis.url });
  expect(code).toBe(1);
  expect(output).toContain('Redis cannot be reached');
});

test('two operators and a viewer: each may what their role says, and the audit tells who did what', async () => {
  const [one, two] = [await start(), await start()];
  const root = await signIn(one.address);
  const people = { ann: 'operator', bob: 'operator', eve: 'viewer' };
  const password = 'a password for them';
  for (const [name, role] of Object.entries(people)) {
    expect((await send(one, '/operators', root, { name, role, password })).status).toBe(201);
  }
  const signedIn = async (name: string): Promise<SignedInHeaders> => signIn(two.address, { name, password });
  const [ann, bob, eve] = [await signedIn('ann'), await signedIn('bob'), await signedIn('eve')];
  for (const admin of [one, two]) {
    for (const headers of [ann, bob, eve]) expect(await statusOf(admin, '/devices', headers)).toBe(200);
    for (const headers of [ann, bob]) expect(await statusOf(admin, '/audit', headers)).toBe(200);
    expect(await statusOf(admin, '/audit', eve)).toBe(403);
    for (const headers of [ann, bob, eve]) expect(await statusOf(admin, '/operators', headers)).toBe(403);
  }
  const feeds = [await watch(one, ann), await watch(two, bob), await watch(two, eve)];
  expect(feeds.map((feed) => feed.code())).toEqual([undefined, undefined, undefined]);
  await expect(watch(two, { 'cookie': 'tributary-session=', 'x-tributary-csrf': '1' })).rejects.toThrow(
    '401',
  );
  expect((await send(one, '/tokens', ann, { label: 'of ann', role: 'operator' })).status).toBe(201);
  expect((await send(two, '/tokens', eve, { label: 'of eve', role: 'operator' })).status).toBe(403);
  const told = await until('both entries', async () => {
    const { items } = (await (await get(one, '/audit?action=token.', bob)).json()) as {
      items: { who: string; role: string; result: string }[];
    };
    return items.length === 2 ? items : undefined;
  });
  expect(told.map(({ who, role, result }) => [who, role, result])).toEqual([
    ['eve', 'viewer', 'refused'],
    ['ann', 'operator', 'done'],
  ]);
});

test('a role that is taken away ends the socket at the other admin within two seconds', async () => {
  const [one, two] = [await start(), await start()];
  const root = await signIn(one.address);
  const password = 'a password for them';
  await send(one, '/operators', root, { name: 'ann', role: 'operator', password });
  const ann = await signIn(two.address, { name: 'ann', password });
  const socket = await watch(two, ann);
  const changed = await fetch(`${one.address}/api/v1/operators/ann`, {
    method: 'PATCH',
    headers: { ...root, 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'viewer' }),
  });
  expect(changed.status).toBe(200);
  await until('the socket to close', () => socket.code() === 4401, { deadlineMs: promptMs });
});

test('serves HTTPS with its own certificate, and the cookie is Secure', async () => {
  const authorities = new Authorities();
  const authority = authorities.authority('ca');
  const { certFile, keyFile } = authorities.certificate('admin', authority);
  try {
    const admin = await start({
      TRIBUTARY_ADMIN_TLS_CERT_FILE: certFile,
      TRIBUTARY_ADMIN_TLS_KEY_FILE: keyFile,
      TRIBUTARY_ADMIN_HOST: '0.0.0.0',
    });
    expect(admin.address).toMatch(/^https:\/\/127\.0\.0\.1:/);
    const { port } = new URL(admin.address);
    const cookie = await new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'x-tributary-csrf': '1' };
      const target = { host: '127.0.0.1', port, path: '/api/v1/session', method: 'POST', headers };
      httpsRequest({ ...target, ca: authority.cert }, (response) => {
        resolve(response.headers['set-cookie']?.[0] ?? `no cookie: ${response.statusCode}`);
        response.resume();
      })
        .on('error', reject)
        .end(JSON.stringify({ name: 'admin', password: 'a password for tests' }));
    });
    expect(cookie).toMatch(/^__Host-tributary-session=.+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  } finally {
    authorities.remove();
  }
});

test('refuses to start for other machines without TLS, and says how to', async () => {
  const { code, output } = await runAdmin([], {
    TRIBUTARY_REDIS_URL: redis.url,
    TRIBUTARY_ADMIN_HOST: '0.0.0.0',
  });
  expect(code).toBe(2);
  expect(output).toContain('admin.tls');
  expect(output).toContain('admin.plainHttp');
});
