import { expect } from 'vitest';
import { messagesBefore } from '../support/marker.ts';
import { useServer } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

overTransports(
  'sends again what was not acknowledged, PUBLISH and PUBREL, under its packet ids, and nothing else [MQTT-4.4.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    const ids: number[] = [];
    for (const [n, qos] of ([1, 2, 1, 2, 2] as const).entries()) {
      await publisher.publish(topic(), String(n), qos);
      ids.push((await first.expect('publish')).messageId ?? 0);
    }
    const [, , settled, received, done] = ids;
    first.send({ cmd: 'puback', messageId: settled ?? 0 });
    for (const messageId of [received ?? 0, done ?? 0]) {
      first.send({ cmd: 'pubrec', messageId });
      await first.expect('pubrel');
    }
    first.send({ cmd: 'pubcomp', messageId: done ?? 0 });
    await cutOff(scene, first);

    const second = await connect(lasting(id));
    const got = [await second.next(), await second.next(), await second.next()].map(({ packet }) => ({
      cmd: packet.cmd,
      messageId: packet.messageId,
      ...(packet.cmd === 'publish' ? { dup: packet.dup, payload: String(packet.payload) } : {}),
    }));
    expect(got.filter(({ cmd }) => cmd === 'publish')).toEqual([
      { cmd: 'publish', messageId: ids[0], dup: true, payload: '0' },
      { cmd: 'publish', messageId: ids[1], dup: true, payload: '1' },
    ]);
    expect(got.filter(({ cmd }) => cmd === 'pubrel')).toEqual([{ cmd: 'pubrel', messageId: received }]);
    await second.nothingMore();
  },
);

overTransports('sends nothing again over the connection it was sent over [MQTT-4.4.0-1]', async (scene) => {
  const { connect, topic } = scene;
  const id = scene.id();
  const client = await connect(lasting(id));
  await client.subscribe(topic(), 2);
  const publisher = await connect();
  await publisher.publish(topic(), 'one', 1);
  await publisher.publish(topic(), 'two', 2);
  await client.expect('publish');
  const { messageId = 0 } = await client.expect('publish');
  client.send({ cmd: 'pubrec', messageId });
  await client.expect('pubrel');
  await client.subscribe(topic('other'), 2);
  expect(await messagesBefore(client, publisher, topic('other'), 2)).toEqual([]);
  await client.nothingMore();
});

overTransports('sends nothing again after Clean Start [MQTT-4.4.0-1]', async (scene) => {
  const { connect, topic } = scene;
  const id = scene.id();
  const first = await connect(lasting(id));
  await first.subscribe(topic(), 2);
  const publisher = await connect();
  await publisher.publish(topic(), 'one', 1);
  await publisher.publish(topic(), 'two', 2);
  await publisher.publish(topic(), 'three', 2);
  await first.expect('publish');
  await first.expect('publish');
  first.send({ cmd: 'pubrec', messageId: (await first.expect('publish')).messageId ?? 0 });
  await first.expect('pubrel');
  await cutOff(scene, first);
  const second = await connect({ ...lasting(id), clean: true });
  await second.subscribe(topic('marker'), 2);
  expect(await messagesBefore(second, publisher, topic('marker'), 2)).toEqual([]);
});

overTransports(
  'what was never sent comes with DUP 0, behind what is sent again [MQTT-4.4.0-1] [MQTT-3.3.1-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id, 300, { receiveMaximum: 2 }));
    await first.subscribe(topic(), 1);
    const publisher = await connect();
    for (let n = 0; n < 5; n++) await publisher.publish(topic(), String(n), 1);
    await first.expect('publish');
    await first.expect('publish');
    await first.nothingMore();
    await cutOff(scene, first);
    await publisher.publish(topic(), '5', 1);
    const second = await connect(lasting(id));
    for (let n = 0; n < 6; n++) {
      const message = await second.receive();
      expect(String(message.payload)).toBe(String(n));
      expect(message.dup).toBe(n < 2);
    }
  },
);

overTransports('sends again on every return, until it is acknowledged [MQTT-4.4.0-1]', async (scene) => {
  const { connect, topic } = scene;
  const id = scene.id();
  const first = await connect(lasting(id));
  await first.subscribe(topic(), 1);
  await (await connect()).publish(topic(), 'x', 1);
  const { messageId } = await first.expect('publish');
  await cutOff(scene, first);
  for (let round = 0; round < 3; round++) {
    const again = await connect(lasting(id));
    expect(await again.expect('publish')).toMatchObject({ messageId, dup: true });
    await again.nothingMore();
    await cutOff(scene, again);
  }
  const last = await connect(lasting(id));
  await last.receive();
  await cutOff(scene, last);
  const after = await connect(lasting(id));
  await after.nothingMore();
});

const refusals: [name: string, qos: 1 | 2, code: number][] = [
  ['PUBACK 0x80', 1, 0x80],
  ['PUBACK 0x97', 1, 0x97],
  ['PUBREC 0x80', 2, 0x80],
  ['PUBREC 0x99', 2, 0x99],
];

overTransports.each(refusals)(
  'does not send again what was refused by %s [MQTT-4.4.0-2]',
  async (scene, _, qos, reasonCode) => {
    const { connect, topic } = scene;
    const id = scene.id();
    const first = await connect(lasting(id));
    await first.subscribe(topic(), 2);
    const publisher = await connect();
    await publisher.publish(topic(), 'refused', qos);
    const { messageId = 0 } = await first.expect('publish');
    first.send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode });
    await cutOff(scene, first);
    const second = await connect(lasting(id));
    expect(await messagesBefore(second, publisher, topic(), 2)).toEqual([]);
  },
);

/** Where a connection breaks within the delivery of a QoS 2 message: behind what the receiver sent last. */
const breaks = ['publish', 'pubrec', 'pubrel', 'pubcomp', 'never'] as const;

overTransports(
  'a QoS 2 message arrives once wherever the connection of its subscriber breaks [MQTT-4.4.0-1] [MQTT-4.3.3-6]',
  async (scene) => {
    const { connect, topic } = scene;
    const id = scene.id();
    let client = await connect(lasting(id));
    await client.subscribe(topic(), 2);
    const publisher = await connect();
    const count = 25;
    for (let n = 0; n < count; n++) await publisher.publish(topic(), String(n), 2);
    const got: string[] = [];
    const released = new Set<number>();
    const begun = new Set<number>();
    for (let turn = 0; released.size < count && turn < 20 * count; turn++) {
      const { packet } = await client.next();
      const messageId = packet.messageId ?? 0;
      const at = breaks[turn % breaks.length];
      if (packet.cmd === 'publish') {
        expect(released.has(messageId)).toBe(false);
        if (!begun.has(messageId)) got.push(String(packet.payload));
        begun.add(messageId);
        if (at !== 'publish') client.send({ cmd: 'pubrec', messageId });
      } else {
        expect(packet.cmd).toBe('pubrel');
        released.add(messageId);
        if (at !== 'pubrel') client.send({ cmd: 'pubcomp', messageId });
      }
      if (at === 'never') continue;
      client.drop();
      client = await connect(lasting(id));
    }
    expect(got).toEqual(Array.from({ length: count }, (_, n) => String(n)));
  },
);
