import { expect } from 'vitest';
import { untilTime } from '../support/clock.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

const expiring = (messageExpiryInterval: number) => ({ properties: { messageExpiryInterval } });

overTransports.each(sessionKinds)(
  'forwards at once to %s with the expiry the message came with [MQTT-3.3.2-6]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 2);
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic(), 'x', qos, expiring(1000));
      const { properties } = await subscriber.receive();
      expect(properties?.messageExpiryInterval).toBeGreaterThan(990);
      expect(properties?.messageExpiryInterval).toBeLessThanOrEqual(1000);
    }
    await publisher.publish(topic(), 'x', 1);
    expect((await subscriber.receive()).properties?.messageExpiryInterval).toBeUndefined();
  },
);

overTransports.concurrent(
  'counts the expiry down while a message waits for its subscriber [MQTT-3.3.2-6]',
  async (scene) => {
    const id = scene.id();
    const subscriber = await scene.connect(lasting(id));
    await subscriber.subscribe(scene.topic(), 2);
    await cutOff(scene, subscriber);
    const publisher = await scene.connect();
    await publisher.publish(scene.topic(), 'x', 1, expiring(100));
    await publisher.publish(scene.topic(), 'x', 2, expiring(0xffff_ffff));
    const sentAt = Date.now();
    await untilTime(sentAt + 1100);
    const back = await scene.connect(lasting(id));
    const first = (await back.receive()).properties?.messageExpiryInterval ?? 0;
    const second = (await back.receive()).properties?.messageExpiryInterval ?? 0;
    const waited = Math.ceil((Date.now() - sentAt) / 1000);
    expect(first).toBeLessThan(100);
    expect(first).toBeGreaterThanOrEqual(100 - waited - 1);
    expect(second).toBeLessThan(0xffff_ffff);
    expect(second).toBeGreaterThanOrEqual(0xffff_ffff - waited - 1);
  },
);

overTransports.concurrent(
  'deletes what expired while its subscriber was away, and keeps the rest [MQTT-3.3.2-5]',
  async (scene) => {
    const id = scene.id();
    const subscriber = await scene.connect(lasting(id));
    await subscriber.subscribe(scene.topic(), 2);
    await cutOff(scene, subscriber);
    const publisher = await scene.connect();
    await publisher.publish(scene.topic(), 'expires', 1, expiring(1));
    await publisher.publish(scene.topic(), 'stays', 1);
    await publisher.publish(scene.topic(), 'expires', 2, expiring(1));
    await publisher.publish(scene.topic(), 'stays long', 2, expiring(600));
    await untilTime(Date.now() + 1100);
    const back = await scene.connect(lasting(id));
    expect(await back.receivePayloads(2)).toEqual(['stays', 'stays long']);
    expect(await messagesBefore(back, publisher, scene.topic(), 1)).toEqual([]);
  },
);

overTransports.each(sessionKinds)(
  'deletes what expired while the window of %s was full [MQTT-3.3.2-5]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const subscriber = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
    await subscriber.subscribe(topic(), 1);
    const publisher = await connect();
    await publisher.publish(topic(), 'in flight', 1);
    const held = await subscriber.expect('publish');
    await publisher.publish(topic(), 'expires', 1, expiring(1));
    await publisher.publish(topic(), 'stays', 1);
    await untilTime(Date.now() + 1100);
    await subscriber.nothingMore();
    await subscriber.accept(held);
    expect(await subscriber.receivePayloads(1)).toEqual(['stays']);
  },
);

overTransports.concurrent(
  'counts a retained message down, and forgets it when it has expired [MQTT-3.3.2-5] [MQTT-3.3.2-6]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    await publisher.publish(topic('short'), 'expires', 1, { retain: true, ...expiring(3) });
    await publisher.publish(topic('long'), 'stays', 1, { retain: true, ...expiring(100) });
    const subscriber = await connect();
    await subscriber.subscribe(topic('short'), 1);
    expect(String((await subscriber.receive()).payload)).toBe('expires');

    await untilTime(Date.now() + 3100);
    const later = await connect();
    await later.subscribe(topic('+'), 1);
    const message = await later.receive();
    expect(String(message.payload)).toBe('stays');
    expect(message.properties?.messageExpiryInterval).toBeLessThan(100);
    expect(message.properties?.messageExpiryInterval).toBeGreaterThan(90);
    expect(await messagesBefore(later, publisher, topic('marker'), 1)).toEqual([]);
  },
);

/** A message is sent, expires while it is not acknowledged, and the session is resumed. */
async function sentAgainAfterExpiry(scene: Scene, qos: 1 | 2): Promise<void> {
  const id = scene.id();
  const subscriber = await scene.connect(lasting(id));
  await subscriber.subscribe(scene.topic(), 2);
  const publisher = await scene.connect();
  await publisher.publish(scene.topic(), 'sent', qos, expiring(3));
  const { messageId } = await subscriber.expect('publish');
  await cutOff(scene, subscriber);
  await untilTime(Date.now() + 3100);
  const back = await scene.connect(lasting(id));
  expect(await back.receive()).toMatchObject({ messageId, dup: true, qos });
}

overTransports.concurrent(
  'a QoS 1 message whose delivery has begun does not expire: it is sent again [MQTT-4.4.0-1]',
  (scene) => sentAgainAfterExpiry(scene, 1),
);

overTransports.concurrent(
  'a QoS 2 message that was sent does not expire: it is sent again [MQTT-4.3.3-7]',
  (scene) => sentAgainAfterExpiry(scene, 2),
);

overTransports.concurrent(
  'goes on with the QoS 2 exchange of a message that has expired [MQTT-4.3.3-13]',
  async ({ connect, topic }) => {
    const client = await connect();
    client.send({
      cmd: 'publish',
      topic: topic(),
      payload: 'x',
      qos: 2,
      dup: false,
      retain: false,
      messageId: 5,
      ...expiring(1),
    });
    expect((await client.expect('pubrec')).messageId).toBe(5);
    await untilTime(Date.now() + 1100);
    client.send({ cmd: 'pubrel', messageId: 5 });
    expect(await client.expect('pubcomp')).toMatchObject({ messageId: 5, reasonCode: 0 });
  },
);
