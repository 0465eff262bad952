import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({
  version: 5,
  config: { queues: { maxMessages: 4, maxBytes: 3000, policy: 'drop-oldest' } },
});

overTransports(
  'a session that is away keeps the newest messages, as many as its queue may hold [MQTT-4.5.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const client = await connect(lasting(id));
    await client.subscribe(topic(), 2);
    await cutOff(scene, client);
    const publisher = await connect();
    for (let n = 0; n < 7; n++) await publisher.publish(topic(), String(n), n % 2 === 0 ? 1 : 2);
    const back = await connect(lasting(id));
    expect(await back.receivePayloads(4)).toEqual(['3', '4', '5', '6']);
    expect(await messagesBefore(back, publisher, topic(), 1)).toEqual([]);
  },
);

overTransports(
  'a session that is away keeps the newest messages, as many bytes as its queue may hold [MQTT-4.5.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const client = await connect(lasting(id));
    await client.subscribe(topic(), 1);
    await cutOff(scene, client);
    const publisher = await connect();
    for (const letter of ['a', 'b', 'c']) await publisher.publish(topic(), letter.repeat(1200), 1);
    const back = await connect(lasting(id));
    const got = await back.receivePayloads(2);
    expect(got.map((payload) => payload[0])).toEqual(['b', 'c']);
    expect(await messagesBefore(back, publisher, topic(), 1)).toEqual([]);
  },
);

overTransports.each(sessionKinds)(
  'with %s a full window does not make the queue longer than it may be [MQTT-3.3.4-9]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const client = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
    await client.subscribe(topic(), 1);
    const publisher = await connect();
    await publisher.publish(topic(), 'in flight', 1);
    const held = await client.expect('publish');
    for (let n = 0; n < 9; n++) await publisher.publish(topic(), String(n), 1);
    await client.nothingMore();
    await client.accept(held);
    const got: string[] = [];
    for (let last = ''; last !== '8'; got.push(last)) last = String((await client.receive()).payload);
    expect(got.length).toBeGreaterThanOrEqual(3);
    expect(got.length).toBeLessThanOrEqual(4);
    expect(got).toEqual(['5', '6', '7', '8'].slice(4 - got.length));
  },
);

overTransports(
  'a message larger than the whole queue is told to its publisher and keeps nobody from the others [MQTT-3.4.2-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const client = await connect(lasting(id));
    await client.subscribe(topic(), 1);
    await cutOff(scene, client);
    const publisher = await connect();
    await publisher.publish(topic(), 'small', 1);
    publisher.send({
      cmd: 'publish',
      topic: topic(),
      payload: 'x'.repeat(4000),
      qos: 1,
      dup: false,
      retain: false,
      messageId: 999,
    });
    expect(await publisher.expect('puback')).toMatchObject({ messageId: 999, reasonCode: 0x97 });
    const back = await connect(lasting(id));
    expect(await back.receivePayloads(1)).toEqual(['small']);
  },
);
