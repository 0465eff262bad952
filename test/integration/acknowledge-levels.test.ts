import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const settings = { 'repl-diskless-sync-delay': '0' };
const notReplicated = 0x83;

let redis: RedisServer;
let replica: RedisServer;
let gateway: Gateway;

beforeAll(async () => {
  [redis, replica] = await Promise.all([startRedis({ settings }), startRedis({ settings })]);
  await replica.client.call('REPLICAOF', '127.0.0.1', String(redis.port));
  await until('the replica to follow', async () => (await redis.client.wait(1, 50)) === 1);
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      classes: {
        rules: [
          { clientId: 'safe-*', class: 'critical' },
          { clientId: 'quick-*', class: 'bulk' },
        ],
        topics: [{ filter: 'alarm', class: 'critical' }],
        acknowledge: { critical: 'replicated', bulk: 'received' },
        replicas: { count: 1, timeoutMs: 1000 },
      },
    },
  });
});
afterAll(async () => {
  redis.resume();
  const exit = await gateway.stop();
  await Promise.all([redis.stop(), replica.stop()]);
  expect(exit).toBe(0);
});

async function connect(id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  expect((await device.connect(id, { properties: { sessionExpiryInterval: 60 } })).reasonCode).toBe(0);
  return device;
}

test('`received` acknowledges QoS 1 before it is stored, QoS 2 never so, and an alarm not either', async () => {
  const id = freshId('quick');
  const device = await connect(id);
  await until('it to be counted', async () => (await gateway.metric('tributary_unsafe_devices')) === 1);
  redis.pause();
  device.send(publishPacket('data', '1', 1, 1));
  await device.take('puback', ({ messageId }) => messageId === 1);
  device.send(publishPacket('data', '2', 2, 2));
  device.send(publishPacket('alarm', '3', 1, 3));
  device.send(publishPacket('data', '4', 1, 4));
  await until(
    'all of it to be taken',
    async () => (await gateway.metric('tributary_uplink_queue_messages')) === 4,
  );
  const answers = (): string[] =>
    device.packets
      .filter(({ cmd }) => cmd.startsWith('pub'))
      .map(({ cmd, messageId }) => `${cmd} ${messageId}`);
  expect(answers()).toEqual(['puback 1']);
  redis.resume();
  await device.take('puback', ({ messageId }) => messageId === 4);
  expect(answers()).toEqual(['puback 1', 'pubrec 2', 'puback 3', 'puback 4']);
  expect((await uplinkOf(redis.client, id)).map(({ payload }) => String(payload))).toEqual([
    '1',
    '2',
    '3',
    '4',
  ]);
  await device.leave();
  await until('it to be gone', async () => (await gateway.metric('tributary_unsafe_devices')) === 0);
});

test('P1: `replicated` acknowledges what the replica has, and closes not-replicated when none has it; others go on', async () => {
  const [safe, plain] = [freshId('safe'), freshId('plain')];
  const device = await connect(safe);
  const other = await connect(plain);
  device.send(publishPacket('data', '1', 1, 1));
  await device.take('puback', ({ messageId }) => messageId === 1);
  expect(await replica.client.xlen(keys.uplink(keys.partitionOf(safe)))).toBeGreaterThan(0);
  device.send(publishPacket('data', '2', 2, 2));
  await device.take('pubrec');
  device.send({ cmd: 'pubrel', messageId: 2, reasonCode: 0 });
  await device.take('pubcomp');

  await replica.client.call('REPLICAOF', 'NO', 'ONE');
  device.send(publishPacket('data', '3', 2, 3));
  await device.closed;
  expect(device.packets.at(-1)).toMatchObject({ cmd: 'disconnect', reasonCode: notReplicated });
  const lost = (): Promise<number> =>
    gateway.metric('tributary_disconnects_total', { reason: 'not-replicated' });
  await until('it to be counted', async () => (await lost()) === 1);
  other.send(publishPacket('data', '1', 1, 1));
  await other.take('puback');

  await replica.client.call('REPLICAOF', '127.0.0.1', String(redis.port));
  await until('the replica to follow', async () => (await redis.client.wait(1, 50)) === 1);
  const again = await RawMqtt.tcp(gateway.port('mqtt'));
  await again.connect(safe, { clean: false, properties: { sessionExpiryInterval: 60 } });
  again.send(publishPacket('data', '3', 2, 3, { dup: true }));
  await again.take('pubrec');
  const stored = await uplinkOf(redis.client, safe);
  expect(stored.map(({ payload }) => String(payload))).toEqual(['1', '2', '3']);
  expect(stored.map(({ fields }) => fields['class'])).toEqual(['critical', 'critical', 'critical']);
  await again.leave();
  await other.leave();
});
