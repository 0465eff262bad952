import type { Ban, Operation } from '@tributary/protocol/admin-api';
import { expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys } from '../support/streams.ts';
import { useTwoNodes } from '../support/two-nodes.ts';
import { promptMs, until } from '../support/until.ts';

const stage = useTwoNodes();

async function device(id: string, node: Gateway, version: Version = 5): Promise<RawMqtt> {
  const client = await RawMqtt.tcp(node.port('mqtt'), version);
  onTestFinished(() => client.drop());
  await client.connect(id);
  return client;
}

/** The code a device is refused with; 0 when it is let in. */
async function refusal(id: string, node: Gateway, version: Version): Promise<number | undefined> {
  const client = await RawMqtt.tcp(node.port('mqtt'), version);
  onTestFinished(() => client.drop());
  client.send(connectPacket(id, version));
  const connack = await client.take('connack');
  const code = version === 5 ? connack.reasonCode : connack.returnCode;
  if (code !== 0) await client.end();
  return code;
}

/** Whether somebody who says nothing is let in. */
async function mayEnter(node: Gateway): Promise<boolean> {
  const client = await RawMqtt.tcp(node.port('mqtt')).catch(() => undefined);
  if (client === undefined) return false;
  onTestFinished(() => client.drop());
  client.send(connectPacket(freshId('visitor'), 5));
  return until('an answer or the end', () => {
    if (client.packets.length > 0) return 'in';
    return client.closing !== undefined && 'out';
  }).then((how) => how === 'in');
}

const ban = (target: string, forMs = 60_000) =>
  stage.admin.call<Operation>('POST', '/bans', { target, reason: 'stolen', until: Date.now() + forMs });
const unban = (target: string) =>
  stage.admin.call<Operation>('DELETE', `/bans/${encodeURIComponent(target)}`);
const listed = async (): Promise<string[]> =>
  (await stage.admin.call<{ items: Ban[] }>('GET', '/bans')).body.items.map(({ target }) => target);

test('a banned client id is let go at once, and let in nowhere until it is not', async () => {
  const id = freshId('pump/1 <b>');
  const client = await device(id, stage.nodes[1]);
  const began = performance.now();
  const { status, body } = await ban(`id:${id}`);
  expect(status).toBe(202);
  expect((await client.end()).disconnect?.reasonCode).toBe(0x98);
  expect(performance.now() - began).toBeLessThan(promptMs);
  expect(await stage.admin.ended(body.id)).toMatchObject({
    action: 'ban',
    outcomes: { applied: 2 },
    total: 2,
    detail: '1 connection ended',
  });
  for (const node of stage.nodes) {
    expect(await refusal(id, node, 5)).toBe(0x8a);
    expect(await refusal(id, node, 4)).toBe(5);
  }
  const plain = await PlainDevice.open(stage.nodes[0].wsUrl('/ws'));
  plain.send({ type: 'hello', clientId: id, cleanStart: true, expiry: 0, keepAlive: 60 });
  expect(await plain.take('error')).toMatchObject({ code: 'banned' });
  expect(await plain.end()).toBe(4403);
  const events = await eventsOf(stage.redis.client, id);
  expect(events.at(-1)?.fields).toMatchObject({ type: 'disconnected', reason: 'banned' });
  expect(await stage.nodes[0].metric('tributary_connects_refused_total', { reason: 'banned' })).toBe(3);
  expect(await stage.nodes[1].metric('tributary_bans')).toBe(1);
  expect(await listed()).toContain(`id:${id}`);

  await stage.admin.ended((await unban(`id:${id}`)).body.id);
  expect(await listed()).not.toContain(`id:${id}`);
  await device(id, stage.nodes[0]);
  expect((await unban(`id:${id}`)).status).toBe(404);
});

test('a ban ends by itself', async () => {
  const id = freshId();
  await stage.admin.ended((await ban(`id:${id}`, 4000)).body.id);
  expect(await refusal(id, stage.nodes[0], 5)).toBe(0x8a);
  await until('the ban to be over', async () => (await refusal(id, stage.nodes[0], 5)) === 0, {
    everyMs: 100,
  });
  expect(await listed()).not.toContain(`id:${id}`);
});

test('everybody behind a banned prefix is let go on every node, and turned away at the door', async () => {
  const clients = [await device(freshId(), stage.nodes[0]), await device(freshId(), stage.nodes[1], 4)];
  const found = await until('the index to know them', async () => {
    const request = {
      target: 'prefix:127.0.0.0/8',
      reason: 'a test',
      until: Date.now() + 60_000,
      dryRun: true,
    };
    const { body } = await stage.admin.call<{ connected: number; sample: string[] }>(
      'POST',
      '/bans',
      request,
    );
    return body.connected >= 2 && body;
  });
  expect(found.sample.length).toBeGreaterThanOrEqual(2);
  expect(await listed()).toEqual([]);

  const silent = await RawMqtt.tcp(stage.nodes[0].port('mqtt'));
  onTestFinished(() => silent.drop());
  const { body } = await ban('prefix:127.3.4.5/8');
  onTestFinished(async () => {
    await stage.redis.client.del(keys.bans);
  });
  await Promise.all([...clients, silent].map((client) => client.end(promptMs)));
  const ended = await stage.admin.ended(body.id);
  expect(ended).toMatchObject({ target: 'prefix:127.0.0.0/8', outcomes: { applied: 2 } });
  for (const node of stage.nodes) expect(await mayEnter(node)).toBe(false);
  await expect(fetch(`http://127.0.0.1:${stage.nodes[0].port('ws')}/mqtt`)).rejects.toThrow(/fetch failed/);
  await stage.admin.ended((await unban('prefix:127.0.0.0/8')).body.id);
  for (const node of stage.nodes) expect(await mayEnter(node)).toBe(true);
});

test('a ban nobody told a node of is found by itself', async () => {
  const id = freshId();
  const client = await device(id, stage.nodes[0]);
  const facts = { until: Date.now() + 60_000, reason: 'by hand', by: 'test', at: Date.now() };
  await stage.redis.client.hset(keys.bans, `id:${id}`, JSON.stringify(facts));
  await client.end(20_000);
});

test('the figures of a node say whom it turned away', async () => {
  const id = freshId();
  await stage.admin.ended((await ban(`id:${id}`)).body.id);
  for (let i = 0; i < 3; i++) await refusal(id, stage.nodes[0], 5);
  const told = await until(
    'the refusals to be told',
    async () => {
      const entries = await stage.redis.client.xrevrange(
        keys.nodeStats(stage.nodes[0].node),
        '+',
        '-',
        'COUNT',
        60,
      );
      const all = entries.map(([, fields]) => fields[fields.indexOf('refusals') + 1] ?? '');
      return all.find((json) => json.startsWith('[["banned","127.0.0.1",'));
    },
    { deadlineMs: 20_000, everyMs: 200 },
  );
  expect(told).toMatch(/^\[\["banned","127\.0\.0\.1",\d+\]/);
});

test('a node that starts knows who is kept out', async () => {
  const id = freshId();
  await stage.admin.ended((await ban(`id:${id}`)).body.id);
  const third = await startGateway({ redisUrl: stage.redis.url, nodeId: 'gw-3' });
  try {
    expect(await refusal(id, third, 5)).toBe(0x8a);
  } finally {
    await third.stop();
  }
});

test.each([
  [{ target: 'pump-1', reason: 'a test', until: Infinity }, 400],
  [{ target: 'pump-1' }, 400],
  [{ target: 'ip:10.0.0.999' }, 400],
  [{ target: 'prefix:10.0.0.0/7' }, 400],
  [{ target: 'prefix:0.0.0.0/0' }, 400],
  [{ target: 'id:x', until: 1 }, 400],
  [{ target: 'id:x', until: Date.now() + 400 * 24 * 3600_000 }, 400],
  [{ target: 'id:x', reason: 'no' }, 400],
])('%j is refused', async (more, status) => {
  const body = { reason: 'a test', until: Date.now() + 60_000, ...more };
  expect((await stage.admin.call('POST', '/bans', body)).status).toBe(status);
});

test('an operator may not ban', async () => {
  const olga = await stage.admin.operator('olga', 'operator');
  const body = { target: 'id:x', reason: 'a test', until: Date.now() + 60_000 };
  expect((await stage.admin.call('POST', '/bans', body, { ...olga })).status).toBe(403);
  expect((await stage.admin.call('GET', '/bans', undefined, { ...olga })).status).toBe(200);
});
