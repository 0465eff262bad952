import { expect } from 'vitest';
import { byte, connectBytes, packet, publishBytes, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

overTransports(
  'adds a message to the session of every client that subscribed, there or away [MQTT-4.5.0-1]',
  async ({ connect, id, topic }) => {
    const away = id();
    const leaving = await connect({ clientId: away, clean: false });
    await leaving.subscribe(topic('a/#'), 1);
    await leaving.leave();
    const subscribers = [await connect(), await connect({ clean: false }), await connect()];
    await subscribers[0]?.subscribe(topic('a/b'), 0);
    await subscribers[1]?.subscribe(topic('+/b'), 1);
    await subscribers[2]?.subscribe([topic('other'), topic('marker')], 1);
    const publisher = await connect();
    await publisher.publish(topic('a/b'), 'to all', 1);
    for (const subscriber of [...subscribers.slice(0, 2), await connect({ clientId: away, clean: false })])
      expect(String((await subscriber.receive()).payload)).toBe('to all');
    const [, , other] = subscribers;
    if (other !== undefined) expect(await messagesBefore(other, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports(
  'delivers to the publisher itself what it subscribed to [MQTT-4.5.0-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    await client.subscribe(topic(), 2);
    for (const qos of [0, 1, 2] as const) {
      await client.publish(topic(), `at ${qos}`, qos);
      expect(String((await client.receive()).payload)).toBe(`at ${qos}`);
    }
  },
);

overTransports(
  'serves a client that uses nothing but the specification, over a stream of bytes cut anywhere [MQTT-7.0.0-2] [MQTT-7.1.1-1]',
  async ({ open, topic, id }) => {
    const client = await open();
    const bytes = Buffer.concat([
      connectBytes({ clientId: id() }),
      packet('subscribe', [u16(1), text(topic()), byte(1)]),
      publishBytes({ topic: topic(), payload: 'x', qos: 1, packetId: 2 }),
      packet('pingreq', []),
    ]);
    await client.sendSplit(bytes, 1);
    await client.expect('connack');
    await client.take('suback');
    await client.take('puback');
    await client.take('pingresp');
    expect(String((await client.take('publish')).payload)).toBe('x');
  },
);
