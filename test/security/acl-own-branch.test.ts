import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Client, codeOf } from '../conformance/support/client.ts';
import { type ConnectOptions, connected } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const notAuthorized = 0x87;
const unspecified = 0x80;

const dir = mkdtempSync(join(tmpdir(), 'tributary-acl-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const secret = randomBytes(32).toString('hex');
const secretFile = join(dir, 'secret');
writeFileSync(secretFile, secret);

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of the user, with these claims. */
function tokenOf(user: string, claims: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub: user, exp, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const stage = useStage({
  config: {
    auth: { anonymous: false, chain: [{ type: 'jwt', name: 'tokens', secretFile }] },
    acl: {
      rules: [
        { effect: 'deny', action: 'subscribe', topics: ['sites/+/secret'] },
        { effect: 'allow', topics: ['sites/${claim.site}/#'], who: { authenticator: 'tokens' } },
        { effect: 'allow', topics: ['#'], who: { claims: { role: 'boss' } } },
      ],
    },
  },
});

const proven = (clientId: string, claims: object = {}): ConnectOptions => ({
  clientId,
  username: clientId,
  password: Buffer.from(tokenOf(clientId, claims)),
});
const device = (clientId: string, claims: object = {}, more: ConnectOptions = {}) =>
  connected(stage.gateway, { ...proven(clientId, claims), ...more });
const stored = async (clientId: string): Promise<string[]> =>
  (await uplinkOf(stage.redis.client, clientId)).map(({ payload }) => payload.toString());

/** The code of the answer to a message at QoS 1 or 2. */
async function publish(client: Client, topic: string, payload: string, qos: 1 | 2 = 1): Promise<number> {
  client.send(publishPacket(topic, payload, qos, client.nextPacketId()));
  return (await client.expect(qos === 1 ? 'puback' : 'pubrec')).reasonCode ?? 0;
}

describe('a device somebody vouches for', () => {
  test('publishes in its own branch and nowhere else; its packet ids and its connection go on', async () => {
    const [id, other] = [freshId('pump'), freshId('pump')];
    const client = await device(id);
    expect(await publish(client, `devices/${id}/a`, 'own')).toBe(0);
    for (const topic of [`devices/${other}/a`, 'devices', 'sites/berlin/a', `devices/${id}x`]) {
      for (const qos of [1, 2] as const) expect(await publish(client, topic, 'no', qos)).toBe(notAuthorized);
    }
    expect(await publish(client, `devices/${id}`, 'own too')).toBe(0);
    expect(await stored(id)).toEqual(['own', 'own too']);
  });

  test('of 3.1.1 is told that a denied message was taken, and it was not [MQTT-3.3.5-2]', async () => {
    const id = freshId('pump');
    const client = await device(id, {}, { version: 4 });
    for (const qos of [0, 1, 2] as const) await client.publish('elsewhere', 'no', qos);
    await client.publish(`devices/${id}/a`, 'own', 1);
    expect(await stored(id)).toEqual(['own']);
  });

  test('of 3.1.1 gets its answers in the order of its messages, denied ones among them [MQTT-4.6.0-2]', async () => {
    const id = freshId('pump');
    const client = await device(id, {}, { version: 4 });
    const topics = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 'elsewhere' : `devices/${id}/a`));
    for (const [i, topic] of topics.entries()) client.send(publishPacket(topic, String(i), 1, i + 1));
    for (let i = 0; i < topics.length; i++) expect((await client.expect('puback')).messageId).toBe(i + 1);
    expect(await stored(id)).toHaveLength(13);
  });

  test('over a plain WebSocket is answered with an error', async () => {
    const id = freshId('pump');
    const plain = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
    const hello = { type: 'hello', clientId: id, cleanStart: true, expiry: 0, keepAlive: 60 };
    plain.send({ ...hello, user: id, password: tokenOf(id) });
    await plain.take('welcome');
    plain.send({ type: 'publish', id: 1, topic: 'elsewhere', payload: 'no' });
    expect(await plain.take('error')).toMatchObject({ id: 1, code: 'not-authorized' });
    plain.send({ type: 'subscribe', id: 2, topics: [{ filter: 'elsewhere' }, { filter: '#' }] });
    expect((await plain.take('subscribed'))['granted']).toEqual(['not-authorized', expect.any(Number)]);
    await plain.leave();
  });

  test.each([
    [5, notAuthorized],
    [4, 5],
  ] as const)('is refused with a will it could not publish itself (version %i)', async (version, code) => {
    const id = freshId('pump');
    const will = { topic: 'elsewhere', payload: Buffer.from('x'), qos: 0 as const, retain: false };
    const client = await Client.open(stage.gateway, 'tcp', version);
    client.send(connectPacket(id, version, { ...proven(id), will }));
    expect(codeOf(await client.expect('connack'))).toBe(code);
    await client.closedSilently();
    await device(id, {}, { version, will: { ...will, topic: `devices/${id}/will` } });
  });

  test('is granted what it may have of a filter, and refused what has nothing of it', async () => {
    const id = freshId('pump');
    const filters = [
      `devices/${id}/#`,
      '#',
      'devices/+/a',
      'elsewhere',
      'devices/other/#',
      '$share/g/elsewhere',
    ];
    const client = await device(id);
    expect((await client.subscribe(filters, 1)).granted).toEqual([1, 1, 1, ...Array(3).fill(notAuthorized)]);
    const old = await device(freshId('pump'), {}, { version: 4 });
    expect((await old.subscribe(['elsewhere', '#'], 1)).granted).toEqual([unspecified, 1]);
  });

  test('hears nothing else through a wide filter: live, shared, queued or retained', async () => {
    const [id, away] = [freshId('pump'), freshId('pump')];
    const boss = await device(freshId('boss'), { role: 'boss' });
    const kept = { clean: false, properties: { sessionExpiryInterval: 300 } };
    const before = await device(away, {}, kept);
    await before.subscribe('#', 1);
    await before.leave();
    const client = await device(id);
    await client.subscribe('#', 1);
    const [member, free] = [await device(freshId('pump')), await device(freshId('boss'), { role: 'boss' })];
    for (const one of [member, free]) await one.subscribe('$share/g/news/#', 1);
    for (const name of ['a', 'b', 'c', 'd']) await boss.publish(`news/${name}`, name, 1, { retain: true });
    for (const target of [id, away]) await boss.publish(`devices/${target}/a`, 'for you', 1);
    expect(await client.receivePayloads(1)).toEqual(['for you']);
    expect((await free.receivePayloads(4)).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    const back = await device(away, {}, kept);
    expect(await back.receivePayloads(1)).toEqual(['for you']);
    const later = await device(freshId('pump'));
    await later.subscribe('#', 1);
    for (const one of [client, back, later, member]) await one.nothingMore();
  });

  test('whose client id is made of wildcards has a branch that is one level', async () => {
    const id = `+/#${freshId()}%`;
    const client = await device(id);
    const own = `devices/${id.replace(/[/+#%]/g, (char) => encodeURIComponent(char))}/a`;
    expect(await publish(client, own, 'own')).toBe(0);
    expect(await publish(client, 'devices/other/a', 'no')).toBe(notAuthorized);
    expect((await client.subscribe('devices/other/#', 1)).granted).toEqual([notAuthorized]);
  });
});

describe('rules', () => {
  test('take what a token says into their filters, and deny before they allow', async () => {
    const berlin = await device(freshId('meter'), { site: 'berlin' });
    expect(await publish(berlin, 'sites/berlin/room', 'in')).toBe(0);
    expect(await publish(berlin, 'sites/paris/room', 'no')).toBe(notAuthorized);
    expect((await berlin.subscribe(['sites/berlin/secret', 'sites/berlin/#', 'sites/#'], 1)).granted).toEqual(
      [notAuthorized, 1, 1],
    );
    const boss = await device(freshId('boss'), { role: 'boss' });
    for (const topic of ['sites/berlin/secret', 'sites/paris/room', 'sites/berlin/room'])
      await boss.publish(topic, topic, 1);
    expect(await berlin.receivePayloads(1)).toEqual(['sites/berlin/room']);
    await berlin.nothingMore();
  });

  test.each(['+', '#', 'berlin/room', ''])(
    'do not widen for a token that says the site is %j',
    async (site) => {
      const client = await device(freshId('meter'), { site });
      expect(await publish(client, 'sites/berlin/room', 'no')).toBe(notAuthorized);
      expect((await client.subscribe('sites/berlin/room', 1)).granted).toEqual([notAuthorized]);
    },
  );
});

test('what was denied is counted, and told in the history of the device', async () => {
  const id = freshId('pump');
  const before = await stage.gateway.metric('tributary_messages_denied_total');
  const client = await device(id);
  for (let i = 0; i < 3; i++) expect(await publish(client, `elsewhere/${i}`, 'no')).toBe(notAuthorized);
  expect(await stage.gateway.metric('tributary_messages_denied_total')).toBe(before + 3);
  const history = keys.history(keys.partitionOf(id), id);
  const lines = await until('a line in its history', async () => {
    const all = (await stage.redis.client.lrange(history, 0, -1)).map((line) => JSON.parse(line) as string[]);
    const denied = all.filter((line) => line.includes('publish-denied'));
    return denied.length > 0 && denied;
  });
  expect(lines).toEqual([expect.arrayContaining(['acl', 'elsewhere/0'])]);
});
