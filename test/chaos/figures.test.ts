import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { keys, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({ redisUrl: proxy.url });
});
afterEach(() => gateway.until(200));
afterAll(async () => {
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
});

interface Figures {
  received: number;
  stored: number;
  dropped: number;
  unknown: number;
  acknowledged: number;
  measured: number;
}

async function figures(): Promise<Figures> {
  const samples = await gateway.metrics();
  const of = (name: string): number =>
    samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
  return {
    received: of('tributary_messages_in_total'),
    stored: of('tributary_messages_stored_total'),
    dropped: of('tributary_messages_dropped_total'),
    unknown: of('tributary_messages_unknown_total'),
    acknowledged: of('tributary_acknowledgements_total'),
    measured: of('tributary_ack_latency_seconds_count'),
  };
}

/** How much each figure grew while `act` ran and everything it sent was settled. */
async function growth(act: () => Promise<void>): Promise<Figures> {
  const before = await figures();
  await act();
  await until(
    'the queue to be empty',
    async () => (await gateway.metric('tributary_uplink_queue_messages')) === 0,
  );
  const after = await figures();
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Figures]]),
  ) as unknown as Figures;
}

async function connect(id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id);
  return device;
}

test('P8: a QoS 0 message stored behind one that Redis refused counts as stored and not as dropped', async () => {
  const id = freshId('counted');
  const plug = await connect(freshId('plug'));
  const device = await connect(id);
  const grown = await growth(async () => {
    const { received } = await figures();
    proxy.close();
    plug.send(publishPacket('t', 'plug', 1, 1));
    await until('the plug to reach the gate', () => proxy.waiting === 1);
    device.send(publishPacket('t', 'refused', 1, 1), publishPacket('t', 'stored', 0));
    await until('both to be received', async () => (await figures()).received === received + 3);
    proxy.open((position) =>
      position === 1
        ? { kind: 'error', reply: '-LOADING Redis is loading the dataset in memory' }
        : undefined,
    );
    expect((await device.end()).disconnect?.reasonCode).toBe(0x83);
    await plug.take('puback');
  });
  proxy.open();
  const stored = (await uplinkOf(redis.client, id)).map(({ payload }) => payload.toString());
  expect(stored).toContain('stored');
  expect(grown).toMatchObject({ received: 3, dropped: 0, unknown: 0 });
  expect(grown.stored).toBe(1 + stored.length);
  await plug.leave();
});

test('P8: the latency histogram counts messages, each once', async () => {
  const device = await connect(freshId('counted'));
  const grown = await growth(async () => {
    device.send(publishPacket('t', 'a', 0), publishPacket('t', 'b', 1, 1), publishPacket('t', 'c', 2, 2));
    await device.take('puback');
    await device.take('pubrec');
    device.send({ cmd: 'pubrel', messageId: 2, reasonCode: 0 });
    await device.take('pubcomp');
  });
  expect(grown).toEqual({ received: 3, stored: 3, dropped: 0, unknown: 0, acknowledged: 3, measured: 3 });
  await device.leave();
});

test('P8: the latency in the figures of a node falls to 0 when nothing flows', async () => {
  const latest = async (): Promise<number> => {
    const [entry] = await redis.client.xrevrange(keys.nodeStats(gateway.node), '+', '-', 'COUNT', 1);
    const fields = entry?.[1] ?? [];
    return Number(fields[fields.indexOf('redisLatencyMs') + 1]);
  };
  const device = await connect(freshId('counted'));
  let messageId = 0;
  await until('a latency to be told', async () => {
    device.send(publishPacket('t', 'x', 1, ++messageId));
    await device.take('puback', (ack) => ack.messageId === messageId);
    return (await latest()) > 0;
  });
  await until('it to fall', async () => (await latest()) === 0);
  await device.leave();
});
