import { expect } from 'vitest';
import { publishBytes } from '../support/bytes.ts';
import { useServer, type Scene } from '../support/server.ts';
import { sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxInflightUp: 300 } } });

const many = 300;

/** Retains `many` messages below `topic('many')`. */
async function retainMany({ connect, topic }: Scene): Promise<void> {
  const publisher = await connect();
  publisher.send(
    ...Array.from({ length: many }, (_, n) =>
      publishBytes({
        topic: topic(`many/${n}`),
        payload: String(n),
        qos: 1,
        retain: true,
        packetId: n + 1,
        properties: [],
      }),
    ),
  );
  for (let n = 0; n < many; n++) await publisher.expect('puback');
}

overTransports.each(sessionKinds)(
  'sends %s hundreds of retained messages for one SUBSCRIBE, within its Receive Maximum [MQTT-3.3.1-9] [MQTT-3.3.4-9] [MQTT-4.9.0-3]',
  async (scene, _, sessionExpiryInterval) => {
    await retainMany(scene);
    const subscriber = await scene.connect({ properties: { receiveMaximum: 5, sessionExpiryInterval } });
    await subscriber.subscribe(scene.topic('many/+'), 1);
    const held = [];
    for (let n = 0; n < 5; n++) held.push(await subscriber.expect('publish'));
    await subscriber.nothingMore();
    const got = new Set(held.map(({ payload }) => String(payload)));
    for (const message of held) await subscriber.accept(message);
    while (got.size < many) {
      const message = await subscriber.receive();
      expect(message.retain).toBe(true);
      got.add(String(message.payload));
    }
    await subscriber.nothingMore();
    expect(subscriber.history.filter(({ packet }) => packet.cmd === 'publish')).toHaveLength(many);
  },
);

overTransports(
  'answers others while hundreds of retained messages wait for one that does not read [MQTT-4.9.0-3]',
  async (scene) => {
    await retainMany(scene);
    const slow = await scene.connect();
    slow.stopReading();
    slow.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: scene.topic('many/+'), qos: 0 }] });
    const other = await scene.connect();
    await other.subscribe(scene.topic('many/7'), 1);
    expect(await other.receivePayloads(1)).toEqual(['7']);
    await other.nothingMore();
    slow.readAgain();
    await slow.take('suback');
    for (let n = 0; n < many; n++) await slow.expect('publish');
  },
);
