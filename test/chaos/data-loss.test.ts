import { adviceOf } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { eventsOf, keys, ownerOf, untilUplink } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ mayLog: /unknown to Redis/ });

test('a Redis that comes back empty: every device is told to come again, and then is where Redis says it is', async () => {
  const ids = Array.from({ length: 10 }, () => freshId('forgotten'));
  const open = async (id: string): Promise<RawMqtt> => {
    const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
    await device.connect(id, { clean: false, properties: { sessionExpiryInterval: 300 } });
    return device;
  };
  const devices = await Promise.all(ids.map(open));
  await stage.redis.kill();
  await stage.gateway.until(503);
  await stage.redis.start(); // nothing was written to disk
  for (const device of devices)
    expect((await device.end()).disconnect?.reasonCode).toBe(adviceOf('node-lost').mqtt);

  const back = await Promise.all(
    ids.map((id) =>
      until('the node to take devices again', async () => {
        const again = await open(id);
        return RawMqtt.codeOf(again.packets[0] as never) === 0 ? again : undefined;
      }),
    ),
  );
  for (const [n, device] of back.entries()) {
    device.send(publishPacket('t', 'after', 2, 1));
    await device.take('pubrec');
    const id = ids[n] ?? '';
    expect(await untilUplink(stage.redis.client, id, 1)).toHaveLength(1);
    const events = await eventsOf(stage.redis.client, id);
    expect(events.map(({ type }) => type)).toEqual(['connected']);
    expect(await ownerOf(stage.redis.client, id)).toMatchObject({ epoch: events[0]?.epoch });
  }
  await until(
    'the node to be in the directory again',
    async () => (await stage.redis.client.hlen(keys.nodes)) === 1,
  );
  for (const device of back) await device.leave();
});
