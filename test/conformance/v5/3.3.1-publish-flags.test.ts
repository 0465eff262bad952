import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const acknowledged: [qos: 1 | 2][] = [[1], [2]];

overTransports.each(acknowledged)(
  'sends a QoS %s message that was not acknowledged again with DUP 1 [MQTT-3.3.1-1]',
  async (scene, qos) => {
    const id = scene.id();
    const subscriber = await scene.connect(lasting(id));
    await subscriber.subscribe(scene.topic(), qos);
    const publisher = await scene.connect();
    await publisher.publish(scene.topic(), 'twice', qos);
    const first = await subscriber.expect('publish');
    expect(first.dup).toBe(false);
    await cutOff(scene, subscriber);
    const again = await (await scene.connect(lasting(id))).expect('publish');
    expect(again).toMatchObject({ dup: true, qos, messageId: first.messageId });
    expect(String(again.payload)).toBe('twice');
  },
);

overTransports.each(acknowledged)(
  'delivers a QoS %s message with DUP 0 although it came with DUP 1 [MQTT-3.3.1-3]',
  async ({ connect, topic }, qos) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), qos);
    const publisher = await connect();
    await publisher.publish(topic(), 'first delivery', qos, { dup: true });
    expect(await subscriber.receive()).toMatchObject({ dup: false, qos });
  },
);

overTransports(
  'delivers at QoS 0 with DUP 0, whatever came in [MQTT-3.3.1-2] [MQTT-4.3.1-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 0);
    const publisher = await connect();
    await publisher.publish(topic(), 'a', 0);
    await publisher.publish(topic(), 'b', 1, { dup: true });
    await publisher.publish(topic(), 'c', 2, { dup: true });
    for (const payload of ['a', 'b', 'c']) {
      const { raw, packet } = await subscriber.nextRaw('publish');
      expect(String(packet.payload)).toBe(payload);
      expect(raw[0]).toBe(0x30);
    }
  },
);

overTransports('refuses DUP at QoS 0 as malformed [MQTT-3.3.1-2]', async ({ connect }) => {
  const client = await connect();
  client.send(publishBytes({ qos: 0, dup: true, properties: [] }));
  await client.disconnectedWith(0x81);
});

overTransports('refuses a PUBLISH with both QoS bits set as malformed [MQTT-3.3.1-4]', async (scene) => {
  const subscriber = await scene.connect();
  await subscriber.subscribe(scene.topic('#'));
  const client = await scene.connect();
  client.send(publishBytes({ topic: scene.topic('t'), qos: 3, packetId: 1, properties: [] }));
  await client.disconnectedWith(0x81);
  expect(await messagesBefore(subscriber, await scene.connect(), scene.topic('marker'))).toEqual([]);
});
