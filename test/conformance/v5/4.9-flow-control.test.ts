import type { IPublishPacket } from 'mqtt-packet';
import { expect } from 'vitest';
import { connectBytes, property, u16 } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

/** A subscriber whose window is full and behind which more messages wait, those it holds with it. */
async function full(scene: Scene, receiveMaximum: number, qos: 1 | 2, sessionExpiryInterval: number) {
  const subscriber = await scene.connect({ properties: { receiveMaximum, sessionExpiryInterval } });
  await subscriber.subscribe(scene.topic('t'), qos);
  const publisher = await scene.connect();
  for (let n = 0; n < receiveMaximum + 5; n++) await publisher.publish(scene.topic('t'), String(n), qos);
  const held: IPublishPacket[] = [];
  for (let n = 0; n < receiveMaximum; n++) held.push(await subscriber.expect('publish'));
  await subscriber.nothingMore();
  return { subscriber, publisher, held };
}

const idOf = ({ messageId = 0 }: IPublishPacket): number => messageId;
const expectNext = async (client: Client, payload: string): Promise<void> =>
  expect(String((await client.expect('publish')).payload)).toBe(payload);

const windows = sessionKinds.flatMap(([what, expiry]): [number, 1 | 2, string, number][] => [
  [1, 1, what, expiry],
  [1, 2, what, expiry],
  [7, 1, what, expiry],
  [7, 2, what, expiry],
]);

overTransports.each(windows)(
  'begins with a quota of Receive Maximum %s at QoS %s for %s, and stops at zero [MQTT-4.9.0-1] [MQTT-4.9.0-2]',
  async (scene, receiveMaximum, qos, _, expiry) => {
    const { subscriber, held } = await full(scene, receiveMaximum, qos, expiry);
    expect(held.map(({ payload }) => String(payload))).toEqual(
      Array.from({ length: receiveMaximum }, (_, n) => String(n)),
    );
    await subscriber.accept(held[0]!);
    await expectNext(subscriber, String(receiveMaximum));
    await subscriber.nothingMore();
  },
);

overTransports(
  'without a Receive Maximum the quota is the server’s own, and wide [MQTT-4.9.0-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(), 1);
    const publisher = await connect();
    for (let n = 0; n < 30; n++) await publisher.publish(topic(), String(n), 1);
    for (let n = 0; n < 20; n++) await expectNext(subscriber, String(n));
  },
);

overTransports('a Receive Maximum of 0 is a protocol error [MQTT-4.9.0-1]', async ({ open, id }) => {
  const client = await open();
  const properties = [property('receiveMaximum', u16(0))];
  client.send(connectBytes({ level: 5, clientId: id(), properties }));
  for (const connack of await client.ended())
    expect(connack).toMatchObject({ cmd: 'connack', reasonCode: 0x82 });
});

overTransports.each(sessionKinds)(
  'a PUBACK gives %s one place back, a repeated or unknown one none [MQTT-4.9.0-2]',
  async (scene, _, expiry) => {
    const { subscriber, held } = await full(scene, 2, 1, expiry);
    const messageId = idOf(held[0]!);
    subscriber.send({ cmd: 'puback', messageId }, { cmd: 'puback', messageId });
    subscriber.send({ cmd: 'puback', messageId: 54_321 }, { cmd: 'pubcomp', messageId: 54_322 });
    await expectNext(subscriber, '2');
    await subscriber.nothingMore();
  },
);

overTransports.each(sessionKinds)(
  'in %s a PUBREC keeps the place until PUBCOMP, one of 0x80 or above gives it back [MQTT-4.9.0-2]',
  async (scene, _, expiry) => {
    const { subscriber, held } = await full(scene, 2, 2, expiry);
    const [one, two] = held as [IPublishPacket, IPublishPacket];
    subscriber.send({ cmd: 'pubrec', messageId: idOf(one) });
    await subscriber.expect('pubrel');
    await subscriber.nothingMore();
    subscriber.send({ cmd: 'pubcomp', messageId: idOf(one) });
    await expectNext(subscriber, '2');
    await subscriber.nothingMore();
    subscriber.send({ cmd: 'pubrec', messageId: idOf(two), reasonCode: 0x83 });
    await expectNext(subscriber, '3');
    await subscriber.nothingMore();
  },
);

overTransports(
  'what is sent again takes its place in the quota of the new connection [MQTT-4.9.0-2]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id, 300, { receiveMaximum: 3 }));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    for (let n = 0; n < 6; n++) await publisher.publish(topic(), String(n), n === 0 ? 2 : 1);
    for (let n = 0; n < 3; n++) await first.expect('publish');
    await cutOff(scene, first);
    const second = await connect(lasting(id, 300, { receiveMaximum: 3 }));
    for (let n = 0; n < 3; n++) expect((await second.expect('publish')).dup).toBe(true);
    await second.nothingMore();
  },
);

overTransports.each(sessionKinds)(
  'QoS 0 messages take no place in %s [MQTT-4.9.0-2]',
  async (scene, _, expiry) => {
    const { subscriber, publisher } = await full(scene, 1, 1, expiry);
    for (let n = 0; n < 5; n++) {
      await publisher.publish(scene.topic('t'), `QoS 0 ${n}`, 0);
      await expectNext(subscriber, `QoS 0 ${n}`);
    }
  },
);

overTransports.each(sessionKinds)(
  'answers everything else while the quota of %s is zero [MQTT-4.9.0-3]',
  async (scene, _, expiry) => {
    const { subscriber, held } = await full(scene, 1, 2, expiry);
    expect((await subscriber.subscribe(scene.topic('other'), 1)).granted).toEqual([1]);
    expect((await subscriber.unsubscribe(scene.topic('other'))).granted).toEqual([0]);
    for (const qos of [0, 1, 2] as const) await subscriber.publish(scene.topic('up'), 'x', qos);
    await subscriber.nothingMore();
    await subscriber.accept(held[0]!);
    await expectNext(subscriber, '1');
    await subscriber.leave();
  },
);

overTransports.each(sessionKinds)(
  'takes QoS 1 and 2 of a client with %s whose own window is full [MQTT-4.9.0-3]',
  async ({ connect, topic }, _, sessionExpiryInterval) => {
    const client = await connect({ properties: { receiveMaximum: 1, sessionExpiryInterval } });
    await client.subscribe(topic(), 2);
    for (let n = 0; n < 10; n++) await client.publish(topic(), String(n), n % 2 === 0 ? 1 : 2);
    for (let n = 0; n < 10; n++) expect(String((await client.receive()).payload)).toBe(String(n));
  },
);
