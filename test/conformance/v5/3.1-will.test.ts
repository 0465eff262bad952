import { expect } from 'vitest';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedSoon } from '../support/retained-soon.ts';
import { retainedFor } from '../support/retained.ts';
import { untilAway } from '../support/sessions.ts';
import { willsOf } from '../support/wills.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

const will = (topic: string, more: { qos?: Qos; retain?: boolean; delay?: number } = {}) => ({
  will: {
    topic,
    payload: Buffer.from('last words'),
    qos: more.qos ?? (0 as Qos),
    retain: more.retain ?? false,
    ...(more.delay === undefined ? {} : { properties: { willDelayInterval: more.delay } }),
  },
});

overTransports(
  'keeps a will with the session and publishes it when the connection is lost [MQTT-3.1.2-7] [MQTT-3.1.2-8]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'), 1);
    (await connect(will(topic('will'), { qos: 1 }))).drop();
    const message = await watcher.receive();
    expect([message.topic, String(message.payload), message.qos]).toEqual([topic('will'), 'last words', 1]);
  },
);

overTransports(
  'publishes a will with a delay at once when its session ends with the connection [MQTT-3.1.2-8]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic());
    (await connect(will(topic(), { delay: 600 }))).drop();
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);

overTransports(
  'publishes a will once, and none for the next connection that brings none [MQTT-3.1.2-10]',
  async ({ connect, id, topic, redis }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const clientId = id();
    const properties = { sessionExpiryInterval: 60 };
    (await connect({ clientId, properties, ...will(topic('will')) })).drop();
    await watcher.receive();
    (await connect({ clientId, clean: false, properties })).drop();
    await untilAway({ redis }, clientId);
    expect(await willsOf(redis, clientId)).toHaveLength(1);
    expect(await messagesBefore(watcher, await connect(), topic('marker'))).toEqual([]);
  },
);

overTransports(
  'removes the will at DISCONNECT with 0x00, with a delay or without [MQTT-3.1.2-10]',
  async ({ connect, id, topic, redis }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    for (const delay of [undefined, 0, 1]) {
      const clientId = id();
      const more = delay === undefined ? {} : { delay };
      const client = await connect({ clientId, ...will(topic('will'), more) });
      await client.leave();
      await untilAway({ redis }, clientId);
      expect(await willsOf(redis, clientId)).toEqual([]);
    }
    expect(await messagesBefore(watcher, await connect(), topic('marker'))).toEqual([]);
  },
);

overTransports(
  'publishes a will with Will Retain 0 without touching what is retained [MQTT-3.1.2-14]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.publish(topic(), 'before', 1, { retain: true });
    await watcher.subscribe({ topic: topic(), rap: true, rh: 2 }, 1);
    (await connect(will(topic(), { qos: 1 }))).drop();
    expect((await watcher.receive()).retain).toBe(false);
    const messages = await retainedFor(scene, await connect(), topic());
    expect(messages.map(({ payload }) => String(payload))).toEqual(['before']);
  },
);

overTransports('retains a will with Will Retain 1 [MQTT-3.1.2-15]', async (scene) => {
  const { connect, topic } = scene;
  const watcher = await connect();
  await watcher.subscribe({ topic: topic(), rap: true }, 1);
  (await connect(will(topic(), { qos: 1, retain: true }))).drop();
  expect((await watcher.receive()).retain).toBe(true);
  const messages = await retainedSoon(scene, topic(), 1);
  expect(messages.map(({ payload, retain }) => [String(payload), retain])).toEqual([['last words', true]]);
});
