import type { CredentialMade, Operation } from '@tributary/protocol/admin-api';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type AdminDesk, startAdminDesk } from '../support/admin-desk.ts';
import { AuthFiles } from '../support/auth-files.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { promptMs, until } from '../support/until.ts';

let redis: RedisServer;
let nodes: readonly Gateway[] = [];
let admin: AdminDesk;

beforeAll(async () => {
  redis = await startRedis();
  // Bans of those who fail are tested by themselves.
  const flapping = { failedAuthentications: { mode: 'off' } };
  const config = { flapping, auth: { anonymous: false, chain: [{ type: 'devices' }] } };
  nodes = await Promise.all(
    ['gw-1', 'gw-2'].map((nodeId) => startGateway({ redisUrl: redis.url, nodeId, config })),
  );
  admin = await startAdminDesk(redis.url);
});
afterAll(async () => {
  await admin?.stop();
  for (const node of nodes) expect(await node.stop()).toBe(0);
  await redis?.stop();
});

const give = async (device: string): Promise<string> => {
  const { body } = await admin.call<CredentialMade>('POST', '/credentials', { device });
  await admin.ended(body.operation.id);
  return body.secret!;
};
const change = async (what: 'remove' | 'disable' | 'enable', device: string): Promise<Operation> => {
  const reason = what === 'disable' ? { reason: 'stolen' } : {};
  const { status, body } = await admin.call<Operation>('POST', `/credentials/${what}`, { device, ...reason });
  expect(status).toBe(202);
  return admin.ended(body.id);
};

async function greet(
  node: Gateway,
  id: string,
  secret: string,
  version: Version = 5,
): Promise<[RawMqtt, number]> {
  const client = await RawMqtt.tcp(node.port('mqtt'), version);
  onTestFinished(() => client.drop());
  client.send(connectPacket(id, version, { username: id, password: Buffer.from(secret) }));
  const { reasonCode, returnCode } = await client.take('connack');
  return [client, (version === 5 ? reasonCode : returnCode) ?? 0];
}
const codeOf = async (node: Gateway, id: string, secret: string, version?: Version): Promise<number> =>
  (await greet(node, id, secret, version))[1];

test('a device is let in on every node with its secret, and with nothing else', async () => {
  const id = freshId('pump/1 ü');
  const secret = await give(id);
  for (const node of nodes) {
    expect(await codeOf(node, id, secret)).toBe(0);
    expect(await codeOf(node, id, `${secret}x`)).toBe(0x86);
    expect(await codeOf(node, id, `${secret}x`, 4)).toBe(4);
    expect(await codeOf(node, freshId(), secret)).toBe(0x86);
  }
});

test.each(['disable', 'remove'] as const)(
  'after %s its session ends within 2 s, wherever it is, and it is let in nowhere',
  async (what) => {
    const id = freshId();
    const secret = await give(id);
    for (const [i, node] of nodes.entries()) {
      const plain =
        i === 1 ? await PlainDevice.hello(node.wsUrl('/ws'), id, { user: id, password: secret }) : undefined;
      const [client] = plain === undefined ? await greet(node, id, secret) : [undefined];
      const began = performance.now();
      const done = change(what, id);
      if (client !== undefined) expect((await client.end()).disconnect?.reasonCode).toBe(0x87);
      if (plain !== undefined) expect(await plain.end()).toBe(4403);
      expect(performance.now() - began).toBeLessThan(promptMs);
      expect(await done).toMatchObject({ outcomes: { applied: 2 }, detail: '1 connection ended' });
      for (const each of nodes) expect(await codeOf(each, id, secret)).toBe(what === 'disable' ? 0x87 : 0x86);
      if (what === 'disable') await change('enable', id);
      else break;
    }
  },
);

test('another secret ends the session that came in with the first', async () => {
  const id = freshId();
  const first = await give(id);
  const [client] = await greet(nodes[0]!, id, first);
  const second = await give(id);
  expect((await client.end()).disconnect?.reasonCode).toBe(0x87);
  expect([await codeOf(nodes[0]!, id, first), await codeOf(nodes[0]!, id, second)]).toEqual([0x86, 0]);
});

test('a node that starts knows who is disabled', async () => {
  const id = freshId();
  const secret = await give(id);
  await change('disable', id);
  const config = { auth: { anonymous: false, chain: [{ type: 'devices' }] } };
  const third = await startGateway({ redisUrl: redis.url, nodeId: 'gw-3', config });
  onTestFinished(async () => void (await third.stop()));
  expect(await codeOf(third, id, secret)).toBe(0x87);
  expect(await third.metric('tributary_disabled_devices')).toBeGreaterThan(0);
});

test('a chain that is changed is asked within 2 s; whoever is in stays in', async () => {
  const [node] = nodes as [Gateway];
  const files = new AuthFiles();
  onTestFinished(() => {
    files.remove();
    node.rewrite({ auth: { anonymous: false, chain: [{ type: 'devices' }] } });
  });
  await files.writeUsers({ ann: 'right' });
  const id = freshId();
  const secret = await give(id);
  const [client] = await greet(node, id, secret);
  expect(await codeOf(node, 'ann', 'right')).toBe(0x86);

  const began = performance.now();
  node.rewrite({ auth: { anonymous: false, chain: [{ type: 'users', file: files.users }] } });
  await until('the new chain to be asked', async () => (await codeOf(node, 'ann', 'right')) === 0);
  expect(performance.now() - began).toBeLessThan(promptMs);
  expect(await codeOf(node, id, secret)).toBe(0x86);

  // A file that is not there: refused whole, and the chain of before stays.
  node.rewrite({ auth: { anonymous: false, chain: [{ type: 'users', file: `${files.users}-gone` }] } });
  await until('the refusal', () =>
    node.log().some(({ level, msg }) => level >= 40 && msg.includes('configuration')),
  );
  expect(await codeOf(node, 'ann', 'right')).toBe(0);

  client.send({ cmd: 'pingreq' });
  await client.take('pingresp');
});
