import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { faultsOfHistory } from '../support/history.ts';
import { metric } from '../support/metrics.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys, ownerOf, untilEvents, untilUplink, uplinkOf } from '../support/streams.ts';
import { promptMs, until } from '../support/until.ts';

let redis: RedisServer;
let nodes: [Gateway, Gateway];

beforeAll(async () => {
  redis = await startRedis();
  nodes = await Promise.all([
    startGateway({ redisUrl: redis.url, nodeId: 'gw-1' }),
    startGateway({ redisUrl: redis.url, nodeId: 'gw-2' }),
  ]);
});
afterAll(async () => {
  const exits = await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
  expect(exits).toEqual([0, 0]);
  expect(nodes.flatMap((node) => node.log()).filter(({ level }) => level >= 50)).toEqual([]);
});

const open = (node: Gateway, version: 4 | 5 = 5): Promise<RawMqtt> => RawMqtt.tcp(node.port('mqtt'), version);
const connections = async (): Promise<number> => {
  const counts = await Promise.all(
    nodes.map(async (node) => metric(await node.metrics(), 'tributary_connections')),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

test('P5: the older connection on another node is closed with 0x8E at once', async () => {
  const id = freshId();
  const older = await open(nodes[0]);
  await older.connect(id);
  const newer = await open(nodes[1]);
  await newer.connect(id);
  expect((await older.end(promptMs)).disconnect?.reasonCode).toBe(0x8e);
  newer.send(publishPacket('t', 'x', 1, 1));
  await newer.take('puback');
  const events = await untilEvents(redis.client, id, 2);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'superseded']);
  expect(events[1]?.fields).toMatchObject({
    node: nodes[1].node,
    previousNode: nodes[0].node,
    previousEpoch: String(events[0]?.epoch),
  });
  await newer.leave();
  expect(faultsOfHistory(await untilEvents(redis.client, id, 3))).toEqual([]);
});

test('P3: a QoS 2 message taken over in the middle is stored once', async () => {
  const id = freshId();
  const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };
  const older = await open(nodes[0]);
  await older.connect(id, keep);
  older.send(publishPacket('t', 'once', 2, 5));
  await older.take('pubrec');
  const newer = await open(nodes[1]);
  expect((await newer.connect(id, keep)).sessionPresent).toBe(true);
  newer.send(publishPacket('t', 'once', 2, 5, { dup: true }));
  await newer.take('pubrec');
  newer.send({ cmd: 'pubrel', messageId: 5, reasonCode: 0 });
  await newer.take('pubcomp');
  expect(await uplinkOf(redis.client, id)).toHaveLength(1);
  await newer.leave();
});

test('P2: what was acknowledged before a takeover under load is in the stream, in order, per epoch', async () => {
  const id = freshId();
  const acknowledged: string[] = [];
  for (let round = 0; round < 10; round++) {
    const node = nodes[round % 2] ?? nodes[0];
    const device = await open(node);
    await device.connect(id);
    for (let n = 1; n <= 40; n++) device.send(publishPacket('t', `${round}/${n}`, 1, n));
    await until(
      'some acknowledgements',
      () => device.packets.filter(({ cmd }) => cmd === 'puback').length >= 10,
    );
    void device.closed.then(() => {
      for (const packet of device.packets)
        if (packet.cmd === 'puback') acknowledged.push(`${round}/${packet.messageId}`);
    });
    if (round === 9) await device.leave();
  }
  await until('all connections to be gone', async () => (await connections()) === 0);
  const entries = await untilUplink(redis.client, id, acknowledged.length);
  const stored = new Set(entries.map(({ payload }) => payload.toString()));
  expect(acknowledged.filter((message) => !stored.has(message))).toEqual([]);
  for (const epoch of new Set(entries.map((entry) => entry.epoch))) {
    const seqs = entries.filter((entry) => entry.epoch === epoch).map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  }
});

test.each([
  ['the same node', 0],
  ['another node', 1],
] as const)(
  'the totals of a device hold what it sent before a takeover on %s, since its record was last written',
  async (_, index) => {
    const id = freshId('counted');
    const record = keys.device(keys.partitionOf(id), id);
    const payload = 'four';
    const older = await open(nodes[0]);
    await older.connect(id);
    for (let n = 1; n <= 20; n++) older.send(publishPacket('t', payload, 1, n));
    await older.take('puback', ({ messageId }) => messageId === 20);
    const newer = await open(nodes[index]);
    await newer.connect(id);
    await older.end();
    for (let n = 1; n <= 3; n++) newer.send(publishPacket('t', payload, 1, n));
    await newer.take('puback', ({ messageId }) => messageId === 3);
    await newer.leave();
    const [, , last] = await untilEvents(redis.client, id, 3);
    const bytesOfOne = Number(last?.fields['bytes']) / 3;
    await until('the totals', async () => (await redis.client.hget(record, 'messages')) === '20');
    expect(await redis.client.hgetall(record)).toMatchObject({
      state: 'offline',
      bytes: String(20 * bytesOfOne),
      epochMessages: '3',
      epochBytes: String(3 * bytesOfOne),
    });
  },
);

test('P4, P5: one client id alternating 200 times between two nodes has a legal history and one connection left', async () => {
  const id = freshId('alternating');
  const devices: RawMqtt[] = [];
  for (let n = 0; n < 200; n++) {
    const device = await open(nodes[n % 2] ?? nodes[0], n % 3 === 0 ? 4 : 5);
    await device.connect(id);
    devices.push(device);
  }
  await until('one connection to be left', async () => (await connections()) === 1);
  const last = devices.at(-1);
  last?.send(publishPacket('t', 'still me', 1, 1));
  await last?.take('puback');
  await until('the others to be closed', () =>
    devices.slice(0, -1).every(({ closing }) => closing !== undefined),
  );
  const events = await eventsOf(redis.client, id);
  expect(faultsOfHistory(events)).toEqual([]);
  expect(events.map(({ type }) => type)).toEqual(['connected', ...Array<string>(199).fill('superseded')]);
  expect(await ownerOf(redis.client, id)).toEqual({ epoch: events.at(-1)?.epoch, node: nodes[1].node });
  await last?.leave();
  expect(faultsOfHistory(await untilEvents(redis.client, id, 201))).toEqual([]);
}, 120_000);

test('P4, P5: connections racing for one client id on two nodes leave one', async () => {
  const id = freshId('race');
  const devices = await Promise.all(Array.from({ length: 40 }, (_, n) => open(nodes[n % 2] ?? nodes[0])));
  for (const device of devices)
    device.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: id,
      clean: true,
      keepalive: 60,
    });
  await until('one connection to be left', async () => (await connections()) === 1);
  const winner = await until('one open socket', () => {
    const left = devices.filter(({ closing }) => closing === undefined);
    return left.length === 1 ? left[0] : undefined;
  });
  const events = await eventsOf(redis.client, id);
  expect(faultsOfHistory(events)).toEqual([]);
  expect((await ownerOf(redis.client, id))?.epoch).toBe(events.at(-1)?.epoch);
  await winner.leave();
});
