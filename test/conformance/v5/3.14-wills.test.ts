import type { IConnectPacket } from 'mqtt-packet';
import { expect } from 'vitest';
import { untilTime } from '../support/clock.ts';
import type { Qos } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { until } from '../../support/until.ts';
import { retainedSoon } from '../support/retained-soon.ts';
import { retainedFor } from '../support/retained.ts';
import { readPublish } from '../support/publish-reader.ts';
import { useServer } from '../support/server.ts';
import { cutOff, goAway, lasting } from '../support/sessions.ts';
import { connectBytes, byte, packet, property, text, u16, u32, varint } from '../support/bytes.ts';

const { overTransports } = useServer({ version: 5 });

type Will = NonNullable<IConnectPacket['will']>;

/** A will, fired without delay unless told otherwise. */
const will = (topic: string, more: Partial<Will> = {}): { will: Will } => ({
  will: { topic, payload: Buffer.from('will'), qos: 1, retain: false, ...more },
});

overTransports('DISCONNECT 0x00 discards the will [MQTT-3.14.4-3] [MQTT-3.1.2-10]', async (scene) => {
  const { connect, topic } = scene;
  const watcher = await connect();
  await watcher.subscribe(topic(), 1);
  for (const more of [{}, { properties: { willDelayInterval: 1 } }]) {
    const id = scene.id();
    await goAway(scene, await connect({ ...lasting(id), ...will(topic(), more) }));
    await goAway(scene, await connect(lasting(id)));
  }
  expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
});

const willCodes = [0x04, 0x80, 0x81, 0x83, 0x99].map((code): [name: string, code: number] => [
  `0x${code.toString(16)}`,
  code,
]);

overTransports.each(willCodes)(
  'DISCONNECT with code %s fires the will [MQTT-3.1.2-8]',
  async ({ connect, topic }, _, code) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const client = await connect(will(topic()));
    client.send(packet('disconnect', [byte(code)]));
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

const ends: [what: string][] = [
  ['the connection is lost'],
  ['the client closes it without DISCONNECT'],
  ['the client breaks the protocol'],
  ['the keep-alive passes'],
  ['a newer connection takes over with Clean Start'],
];

overTransports.each(ends)(
  'fires the will, once, when %s [MQTT-3.1.2-8]',
  async ({ connect, topic, id }, how) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const clientId = id();
    const keepalive = how.includes('keep-alive') ? 1 : 60;
    const client = await connect({ clientId, keepalive, ...will(topic()) });
    if (how.includes('lost')) client.drop();
    if (how.includes('closes')) client.finish();
    if (how.includes('breaks')) client.send(packet('reserved', []));
    if (how.includes('newer')) await connect({ clientId });
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports.each([[0], [1], [2]] as [qos: Qos][])(
  'fires a will of QoS %s at its QoS [MQTT-3.1.2-8]',
  async ({ connect, topic }, qos) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 2);
    const client = await connect(will(topic(), { qos }));
    client.drop();
    expect(await watcher.receive()).toMatchObject({ qos, retain: false, dup: false });
  },
);

overTransports(
  'a will with RETAIN is retained, and one without is not [MQTT-3.1.2-14] [MQTT-3.1.2-15]',
  async (scene) => {
    const { connect, topic } = scene;
    await cutOff(scene, await connect(will(topic('passing'))));
    await cutOff(scene, await connect(will(topic('kept'), { retain: true })));
    const kept = await retainedSoon(scene, topic('+'));
    expect(kept.map((message) => message.topic)).toEqual([topic('kept')]);
  },
);

overTransports('an empty will with RETAIN removes what was retained [MQTT-3.3.1-6]', async (scene) => {
  const { connect, topic } = scene;
  const watcher = await connect();
  await watcher.subscribe(topic(), 1);
  const publisher = await connect();
  await publisher.publish(topic(), 'kept', 1, { retain: true });
  await watcher.receive();
  (await connect(will(topic(), { payload: Buffer.alloc(0), retain: true }))).drop();
  expect((await watcher.receive()).payload).toHaveLength(0);
  const gone = async () => (await retainedFor(scene, await connect(), topic())).length === 0;
  await until('nothing to be retained', gone);
});

overTransports(
  'fires a will with every property it has, User Properties in order [MQTT-3.1.3-10] [MQTT-3.3.2-18]',
  async ({ connect, open, topic, id }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const user = (name: string, value: string) =>
      property('userProperty', Buffer.concat([text(name), text(value)]));
    const parts = [
      user('z', '1'),
      property('contentType', text('text/plain')),
      property('messageExpiry', u32(500)),
      user('a', '2'),
      property('responseTopic', text('reply')),
      property('correlationData', Buffer.concat([u16(3), byte(0, 255, 1)])),
      user('z', '3'),
      property('payloadFormat', byte(1)),
    ];
    const willProperties = Buffer.concat(parts);
    const client = await open();
    client.send(
      connectBytes({
        level: 5,
        flags: 0x02 | 0x04 | 0x08,
        clientId: id(),
        rest: [varint(willProperties.length), willProperties, text(topic()), text('will')],
      }),
    );
    await client.expect('connack');
    client.drop();
    const { raw } = await watcher.nextRaw('publish');
    const { properties } = readPublish(raw);
    const byName = Object.fromEntries(properties);
    expect(properties.filter(([name]) => name === 'userProperty').map(([, value]) => value)).toEqual(
      [user('z', '1'), user('a', '2'), user('z', '3')].map((part) => part.subarray(1)),
    );
    expect(byName['contentType']).toEqual(text('text/plain'));
    expect(byName['responseTopic']).toEqual(text('reply'));
    expect(byName['correlationData']).toEqual(Buffer.concat([u16(3), byte(0, 255, 1)]));
    expect(byName['payloadFormat']).toEqual(byte(1));
    const expiry = byName['messageExpiry']?.readUInt32BE();
    expect(expiry).toBeGreaterThan(490);
    expect(expiry).toBeLessThanOrEqual(500);
    expect(properties).toHaveLength(8);
  },
);

overTransports.concurrent(
  'fires a delayed will when its delay has passed, not before [MQTT-3.1.3-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const id = scene.id();
    const droppedAt = Date.now();
    await cutOff(
      scene,
      await connect({ ...lasting(id), ...will(topic(), { properties: { willDelayInterval: 3 } }) }),
    );
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
    await watcher.expect('publish');
    expect(Date.now() - droppedAt).toBeGreaterThanOrEqual(3000);
    expect((await connect(lasting(id))).connack.sessionPresent).toBe(true);
  },
);

overTransports.concurrent(
  'drops a delayed will when the session is resumed before [MQTT-3.1.3-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const id = scene.id();
    await cutOff(
      scene,
      await connect({ ...lasting(id), ...will(topic(), { properties: { willDelayInterval: 3 } }) }),
    );
    await connect(lasting(id));
    await untilTime(Date.now() + 3500);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports.concurrent(
  'a takeover that resumes the session drops the delayed will of the older connection [MQTT-3.1.3-9]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const id = scene.id();
    const older = await connect({
      ...lasting(id),
      ...will(topic(), { properties: { willDelayInterval: 1 } }),
    });
    await connect(lasting(id));
    await older.disconnectedWith(0x8e);
    await untilTime(Date.now() + 1500);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports.concurrent(
  'a session that ends before the delay has passed fires the will at once [MQTT-3.1.2-8]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const delayed = will(topic(), { properties: { willDelayInterval: 600 } });
    // An expiry of 0 ends it with the connection …
    (await connect({ ...lasting(scene.id(), 0), ...delayed })).drop();
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    // … Clean Start ends it when the client comes back …
    const id = scene.id();
    await cutOff(scene, await connect({ ...lasting(id), ...delayed }));
    await connect({ clientId: id });
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    // … and a short expiry before the delay does.
    (await connect({ ...lasting(scene.id(), 1), ...delayed })).drop();
    await watcher.accept(await watcher.expect('publish'));
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports(
  'a will is for the connection that named it: the next one without has none [MQTT-3.1.2-10]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const id = scene.id();
    await cutOff(scene, await connect({ ...lasting(id), ...will(topic()) }));
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    await cutOff(scene, await connect(lasting(id)));
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports('a will waits for a subscriber that is away [MQTT-4.5.0-1]', async (scene) => {
  const { connect, topic } = scene;
  const id = scene.id();
  const watcher = await connect(lasting(id));
  await watcher.subscribe(topic(), 2);
  await cutOff(scene, watcher);
  for (const qos of [1, 2] as const) await cutOff(scene, await connect(will(topic(), { qos })));
  const back = await connect(lasting(id));
  const got = [await back.receive(), await back.receive()];
  expect(new Set(got.map(({ qos }) => qos))).toEqual(new Set([1, 2]));
  expect(await messagesBefore(back, await connect(), topic(), 1)).toEqual([]);
});

overTransports(
  'a takeover that resumes the session fires a will without delay [MQTT-3.1.2-8]',
  async (scene) => {
    const { connect, topic } = scene;
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const id = scene.id();
    const older = await connect({ ...lasting(id), ...will(topic()) });
    const newer = await connect(lasting(id));
    expect(newer.connack.sessionPresent).toBe(true);
    await older.disconnectedWith(0x8e);
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    expect(await messagesBefore(watcher, await connect(), topic(), 1)).toEqual([]);
  },
);

overTransports(
  'DISCONNECT 0x04 that ends the session fires a delayed will at once [MQTT-3.1.2-8]',
  async ({ connect, topic, id }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const client = await connect({
      ...lasting(id()),
      ...will(topic(), { properties: { willDelayInterval: 600 } }),
    });
    await client.leave({ reasonCode: 4, properties: { sessionExpiryInterval: 0 } });
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
  },
);

overTransports.concurrent(
  'the expiry of a will counts from when it is published [MQTT-3.3.2-6]',
  async ({ connect, topic, id }) => {
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const properties = { willDelayInterval: 5, messageExpiryInterval: 50 };
    (await connect({ ...lasting(id()), ...will(topic(), { properties }) })).drop();
    const { properties: told } = await watcher.expect('publish');
    // Not less by the five seconds of its delay.
    expect(told?.messageExpiryInterval).toBeGreaterThan(45);
    expect(told?.messageExpiryInterval).toBeLessThanOrEqual(50);
  },
);

overTransports(
  'a will is not sent to its own client where No Local says so [MQTT-3.8.3-3]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const watcher = await connect();
    await watcher.subscribe(topic(), 1);
    const client = await connect({ ...lasting(id), ...will(topic()) });
    await client.subscribe({ topic: topic(), qos: 1, nl: true });
    client.drop();
    expect(await watcher.receivePayloads(1)).toEqual(['will']);
    const back = await connect(lasting(id));
    expect(await messagesBefore(back, watcher, topic(), 1)).toEqual([]);
  },
);
