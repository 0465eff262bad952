import { expect, test } from 'vitest';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, ownerOf, untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage();

const open = (): Promise<RawMqtt> => RawMqtt.tcp(stage.gateway.port('mqtt'));
const pending = (): Promise<number> => stage.gateway.metric('tributary_pending_releases');

async function connected(id: string): Promise<RawMqtt> {
  const device = await open();
  expect((await device.connect(id)).reasonCode).toBe(0);
  return device;
}

/** Every device tries, `rounds` times over; nobody is let in. */
async function besiege(ids: readonly string[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      ids.map(async (id) => {
        const device = await open();
        expect((await device.connect(id)).reasonCode).toBe(0x88);
        await device.end();
      }),
    );
  }
}

test('P4, P6: a Redis that refuses every write (NOREPLICAS): not ready, nothing piles up with the CONNECTs, and all is well after', async () => {
  const { redis, gateway } = stage;
  const ids = Array.from({ length: 10 }, () => freshId('inside'));
  const devices = await Promise.all(ids.map(connected));
  const outside = Array.from({ length: 20 }, () => freshId('outside'));

  await redis.client.config('SET', 'min-replicas-to-write', '1');
  await besiege(outside, 5);
  await gateway.until(503);
  expect(await (await gateway.ops('/readyz')).text()).toContain('NOREPLICAS');
  expect(await gateway.metric('tributary_store_up')).toBe(0);
  await besiege(outside, 10);
  expect(await pending()).toBe(0);

  const leaving = devices.slice(0, 5);
  const staying = devices.slice(5);
  for (const device of leaving) device.drop();
  await until('those who left to wait for Redis', async () => (await pending()) === leaving.length);
  await besiege(outside, 5);
  expect(await pending()).toBe(leaving.length);
  const record = await redis.client.hgetall(keys.nodeRecord(gateway.node));
  expect(record['tombstone']).toBeUndefined();

  await redis.client.config('SET', 'min-replicas-to-write', '0');
  await gateway.until(200);
  await until('nothing to be left to tell', async () => (await pending()) === 0);
  for (const id of ids.slice(0, leaving.length)) {
    expect((await untilEvents(redis.client, id, 2)).map(({ type }) => type)).toEqual([
      'connected',
      'disconnected',
    ]);
    expect(await ownerOf(redis.client, id)).toBeUndefined();
  }
  for (const device of staying) {
    device.send(publishPacket('t', 'x', 1, 1));
    await device.take('puback');
  }
  for (const device of await Promise.all(outside.map(connected))) await device.leave();
  for (const device of staying) await device.leave();
});
