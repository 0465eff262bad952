import type { IPublishPacket } from 'mqtt-packet';
import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { retainedSoon } from '../support/retained-soon.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

const retain = { retain: true };
const payloadsOf = (messages: readonly IPublishPacket[]): string[] =>
  messages.map(({ payload }) => String(payload));

overTransports.each([[0], [1], [2]] as const)(
  'keeps a retained message of QoS %s, with its QoS, for future subscribers [MQTT-3.3.1-5] [MQTT-3.3.1-8]',
  async (scene, qos) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    await publisher.publish(topic(), 'kept', qos, retain);
    await publisher.leave();
    const [message, ...others] = await retainedSoon(scene, topic());
    expect(message).toMatchObject({ topic: topic(), qos, retain: true, dup: false });
    expect(String(message?.payload)).toBe('kept');
    expect(others).toEqual([]);
  },
);

overTransports(
  'sends retained messages at the lower of their QoS and the QoS granted [MQTT-3.3.1-5] [MQTT-3.8.4-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) await publisher.publish(topic(`${qos}`), 'kept', qos, retain);
    // Nobody is told when the first of them is stored.
    await retainedSoon(scene, topic('0'));
    for (const granted of [0, 1, 2] as const) {
      const messages = await retainedFor(scene, await connect(), topic('+'), granted);
      expect(messages).toHaveLength(3);
      for (const message of messages)
        expect(message.qos).toBe(Math.min(Number(message.topic.at(-1)), granted));
    }
  },
);

overTransports(
  'sends the last retained message of each topic a new filter matches [MQTT-3.3.1-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    for (const payload of ['first', 'last']) {
      for (const name of ['a', 'a/b', 'a/b/c', 'd']) await publisher.publish(topic(name), payload, 1, retain);
    }
    const sentFor = async (filter: string): Promise<string[]> => {
      const messages = await retainedFor(scene, await connect(), filter, 1);
      expect(new Set(payloadsOf(messages))).toEqual(new Set(['last']));
      return messages.map((message) => message.topic).toSorted();
    };
    expect(await sentFor(topic('a/b'))).toEqual([topic('a/b')]);
    expect(await sentFor(topic('+'))).toEqual([topic('a'), topic('d')]);
    expect(await sentFor(topic('a/#'))).toEqual([topic('a'), topic('a/b'), topic('a/b/c')]);
    expect(await sentFor(topic('+/b/+'))).toEqual([topic('a/b/c')]);
  },
);

overTransports('sends nothing retained for a filter that matches nothing [MQTT-3.3.1-6]', async (scene) => {
  const { connect, topic } = scene;
  await (await connect()).publish(topic('a'), 'kept', 1, retain);
  expect(await retainedFor(scene, await connect(), topic('b/#'))).toEqual([]);
});

overTransports('a retained QoS 0 message discards the one before it [MQTT-3.3.1-7]', async (scene) => {
  const { connect, topic } = scene;
  const publisher = await connect();
  await publisher.publish(topic(), 'old', 1, retain);
  await publisher.publish(topic(), 'new', 0, retain);
  const messages = payloadsOf(await retainedFor(scene, await connect(), topic(), 1));
  expect([['new'], []]).toContainEqual(messages);
});

overTransports(
  'sets RETAIN for new subscriptions only, not for established ones [MQTT-3.3.1-8] [MQTT-3.3.1-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const established = await connect();
    await established.subscribe(topic(), 1);
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic(), `at ${qos}`, qos, retain);
      expect(await established.receive()).toMatchObject({ retain: false });
    }
    const [message] = await retainedFor(scene, await connect(), topic(), 1);
    expect(message).toMatchObject({ retain: true });
  },
);

overTransports(
  'an empty retained message is delivered with RETAIN 0 and clears the topic [MQTT-3.3.1-10] [MQTT-3.3.1-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const established = await connect();
    await established.subscribe(topic('#'), 1);
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic('a'), 'kept', 1, retain);
      await established.receive();
      await publisher.publish(topic('a'), '', qos, retain);
      const message = await established.receive();
      expect(message).toMatchObject({ topic: topic('a'), retain: false });
      expect(message.payload).toHaveLength(0);
      expect(await retainedFor(scene, await connect(), topic('#'), 1)).toEqual([]);
    }
  },
);

overTransports('clears that topic only [MQTT-3.3.1-10]', async (scene) => {
  const { connect, topic } = scene;
  const publisher = await connect();
  for (const name of ['a', 'a/b', 'b']) await publisher.publish(topic(name), name, 1, retain);
  await publisher.publish(topic('a'), '', 1, retain);
  const messages = await retainedFor(scene, await connect(), topic('#'), 1);
  expect(payloadsOf(messages).toSorted()).toEqual(['a/b', 'b']);
});

overTransports(
  'does not store an empty retained message where there was none [MQTT-3.3.1-11]',
  async (scene) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    for (const qos of [0, 1, 2] as const) await publisher.publish(topic(`${qos}`), '', qos, retain);
    expect(await retainedFor(scene, await connect(), topic('#'), 2)).toEqual([]);
  },
);

overTransports(
  'a message without RETAIN neither stores, replaces nor clears [MQTT-3.3.1-12]',
  async (scene) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    await publisher.publish(topic('kept'), 'kept', 1, retain);
    for (const qos of [0, 1, 2] as const) {
      await publisher.publish(topic('kept'), 'passing', qos);
      await publisher.publish(topic('kept'), '', qos);
      await publisher.publish(topic('never'), 'passing', qos);
    }
    expect(payloadsOf(await retainedFor(scene, await connect(), topic('#'), 1))).toEqual(['kept']);
  },
);

overTransports(
  'keeps retained messages for sessions that are away: each new subscription gets them once [MQTT-3.3.1-6]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const publisher = await connect();
    await publisher.publish(topic('a'), 'kept', 1, retain);
    const clientId = id();
    const first = await connect({ clientId, clean: false });
    await first.subscribe(topic('#'), 1);
    await first.receive();
    await first.leave();
    const again = await connect({ clientId, clean: false });
    expect(await messagesBefore(again, publisher, topic('marker'), 1)).toEqual([]);
  },
);
