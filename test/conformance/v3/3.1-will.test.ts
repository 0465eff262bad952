import { expect } from 'vitest';
import { packet, u16 } from '../support/bytes.ts';
import type { Client, Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { untilAway } from '../support/sessions.ts';
import { willsOf } from '../support/wills.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4 });

const will = (topic: string, more: { qos?: Qos; retain?: boolean; payload?: string } = {}) => ({
  will: {
    topic,
    payload: Buffer.from(more.payload ?? 'last words'),
    qos: more.qos ?? (0 as Qos),
    retain: more.retain ?? false,
  },
});

const endings: [name: string, end: (client: Client) => void][] = [
  ['the connection is lost', (client) => client.drop()],
  ['the client ends its side without DISCONNECT', (client) => client.finish()],
  ['the client violates the protocol', (client) => client.send(packet('subscribe', [u16(1)]))],
  ['the client sends what is no packet', (client) => client.send(Buffer.from('00000000', 'hex'))],
];

overTransports.each(endings)(
  'publishes the will when %s [MQTT-3.1.2-8]',
  async ({ connect, topic }, _, end) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'), 2);
    end(await connect(will(topic('will'), { qos: 1 })));
    const message = await watcher.receive();
    expect(message).toMatchObject({ topic: topic('will'), qos: 1, retain: false, dup: false });
    expect(String(message.payload)).toBe('last words');
  },
);

overTransports(
  'publishes the will of a connection that is taken over [MQTT-3.1.2-8] [MQTT-3.1.4-2]',
  async ({ connect, id, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'), 1);
    const clientId = id();
    const older = await connect({ clientId, ...will(topic('will')) });
    await connect({ clientId });
    await older.closedSilently();
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);

overTransports(
  'publishes the will of a session that outlives its connection, too [MQTT-3.1.2-8]',
  async ({ connect, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    (await connect({ ...will(topic('will')), clean: false })).drop();
    expect(String((await watcher.receive()).payload)).toBe('last words');
  },
);

overTransports(
  'stores the will for a subscriber who is away [MQTT-3.1.2-8]',
  async ({ connect, id, topic, redis }) => {
    const [watching, willing] = [id(), id()];
    const watcher = await connect({ clientId: watching, clean: false });
    await watcher.subscribe(topic('#'), 2);
    await watcher.leave();
    const client = await connect({ clientId: willing, ...will(topic('will'), { qos: 2 }) });
    client.drop();
    await untilAway({ redis }, willing);
    const again = await connect({ clientId: watching, clean: false });
    expect(await again.receive()).toMatchObject({ topic: topic('will'), qos: 2 });
  },
);

overTransports.each([[0], [1], [2]] as const)(
  'publishes a will at its QoS %s, to each subscriber as granted [MQTT-3.1.2-9]',
  async ({ connect, topic }, qos) => {
    const watchers = [await connect(), await connect()] as const;
    await watchers[0].subscribe(topic('#'), 2);
    await watchers[1].subscribe(topic('#'), 1);
    (await connect(will(topic('will'), { qos }))).drop();
    expect((await watchers[0].receive()).qos).toBe(qos);
    expect((await watchers[1].receive()).qos).toBe(Math.min(qos, 1));
  },
);

overTransports('publishes a will without a payload [MQTT-3.1.2-9]', async ({ connect, topic }) => {
  const watcher = await connect();
  await watcher.subscribe(topic('#'));
  (await connect(will(topic('will'), { payload: '' }))).drop();
  expect(String((await watcher.receive()).payload)).toBe('');
});

overTransports(
  'publishes a will once: a later connection without one leaves none [MQTT-3.1.2-10] [MQTT-3.1.2-12]',
  async ({ connect, id, topic, redis }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const clientId = id();
    (await connect({ clientId, clean: false, ...will(topic('will')) })).drop();
    await watcher.receive();
    (await connect({ clientId, clean: false })).drop();
    await untilAway({ redis }, clientId);
    expect(await willsOf(redis, clientId)).toHaveLength(1);
    const publisher = await connect();
    expect(await messagesBefore(watcher, publisher, topic('marker'))).toEqual([]);
  },
);

overTransports(
  'publishes no will after DISCONNECT [MQTT-3.1.2-10] [MQTT-3.14.4-3]',
  async ({ connect, id, topic, redis }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    for (const clean of [true, false]) {
      const clientId = id();
      await (await connect({ clientId, clean, ...will(topic('will')) })).leave();
      await untilAway({ redis }, clientId);
      expect(await willsOf(redis, clientId)).toEqual([]);
    }
    const publisher = await connect();
    expect(await messagesBefore(watcher, publisher, topic('marker'))).toEqual([]);
  },
);

overTransports(
  'publishes the new will only, when the client connected again with another [MQTT-3.1.2-10]',
  async ({ connect, id, topic }) => {
    const watcher = await connect();
    await watcher.subscribe(topic('#'));
    const clientId = id();
    await (await connect({ clientId, ...will(topic('old')) })).leave();
    (await connect({ clientId, ...will(topic('new')) })).drop();
    expect((await watcher.receive()).topic).toBe(topic('new'));
  },
);

overTransports(
  'publishes nothing for a connection without a will [MQTT-3.1.2-12]',
  async ({ connect, id, redis }) => {
    const clientId = id();
    (await connect({ clientId })).drop();
    await untilAway({ redis }, clientId);
    expect(await willsOf(redis, clientId)).toEqual([]);
  },
);

overTransports(
  'does not retain a will with Will Retain 0, nor touch what is retained [MQTT-3.1.2-16]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.publish(topic('will'), 'before', 1, { retain: true });
    await watcher.subscribe(topic('will'), 1);
    await watcher.receive();
    (await connect(will(topic('will'), { qos: 1 }))).drop();
    expect(await watcher.receive()).toMatchObject({ retain: false });
    const messages = await retainedFor(scene, await connect(), topic('#'));
    expect(messages.map(({ payload }) => String(payload))).toEqual(['before']);
  },
);

overTransports('retains a will with Will Retain 1 [MQTT-3.1.2-17]', async (scene) => {
  const { connect, topic } = scene;
  const watcher = await connect();
  await watcher.subscribe(topic('#'), 1);
  (await connect(will(topic('will'), { qos: 1, retain: true }))).drop();
  expect(await watcher.receive()).toMatchObject({ retain: false });
  const messages = await retainedFor(scene, await connect(), topic('#'), 1);
  expect(messages.map(({ payload, retain, qos }) => [String(payload), retain, qos])).toEqual([
    ['last words', true, 1],
  ]);
});

overTransports(
  'a retained will without a payload clears what is retained [MQTT-3.1.2-17] [MQTT-3.3.1-10]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.publish(topic('will'), 'before', 1, { retain: true });
    await watcher.subscribe(topic('marker'), 1);
    await watcher.subscribe(topic('will'), 1);
    await watcher.receive();
    (await connect(will(topic('will'), { qos: 1, retain: true, payload: '' }))).drop();
    expect(String((await watcher.receive()).payload)).toBe('');
    expect(await retainedFor(scene, await connect(), topic('#'))).toEqual([]);
  },
);
