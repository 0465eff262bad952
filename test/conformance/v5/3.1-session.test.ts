import { expect } from 'vitest';
import { connectBytes, pingreq, property, u32 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { goAway, lasting, cutOff } from '../support/sessions.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5 });

overTransports(
  'Clean Start 1 discards the session and begins a new one [MQTT-3.1.2-4] [MQTT-3.1.4-4]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const clientId = id();
    const first = await connect(lasting(clientId));
    await first.subscribe(topic('old'), 1);
    await goAway(scene, first);
    const publisher = await connect();
    await publisher.publish(topic('old'), 'for the old session', 1);
    const second = await connect({ ...lasting(clientId), clean: true });
    expect(second.connack.sessionPresent).toBe(false);
    await second.subscribe(topic('new'), 1);
    await publisher.publish(topic('old'), 'for nobody', 1);
    expect(await messagesBefore(second, publisher, topic('new'), 1)).toEqual([]);
  },
);

overTransports(
  'Clean Start 1 discards a session that is live, too [MQTT-3.1.2-4]',
  async ({ connect, id, topic }) => {
    const clientId = id();
    const first = await connect(lasting(clientId));
    await first.subscribe(topic('old'), 1);
    const second = await connect({ ...lasting(clientId), clean: true });
    await first.disconnectedWith(0x8e);
    await second.subscribe(topic('new'), 1);
    await second.publish(topic('old'), 'for nobody', 1);
    expect(await messagesBefore(second, second, topic('new'), 1)).toEqual([]);
  },
);

overTransports(
  'Clean Start 0 creates a session, then resumes it [MQTT-3.1.2-5] [MQTT-3.1.2-6]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const clientId = id();
    const first = await connect(lasting(clientId));
    expect(first.connack.sessionPresent).toBe(false);
    await first.subscribe(topic('#'), 2);
    await goAway(scene, first);
    const publisher = await connect();
    for (let n = 1; n <= 4; n++) await publisher.publish(topic(`${n}`), `${n}`, n % 2 === 0 ? 2 : 1);
    const again = await connect(lasting(clientId));
    expect(again.connack.sessionPresent).toBe(true);
    expect(await again.receivePayloads(4)).toEqual(['1', '2', '3', '4']);
    await again.nothingMore();
  },
);

overTransports(
  'Clean Start 1 with a session expiry begins a session that can be resumed [MQTT-3.1.2-4] [MQTT-3.1.2-23]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const clientId = id();
    const first = await connect({ ...lasting(clientId), clean: true });
    await first.subscribe(topic(), 1);
    await cutOff(scene, first);
    const publisher = await connect();
    await publisher.publish(topic(), 'waiting', 1);
    const again = await connect(lasting(clientId));
    expect(again.connack.sessionPresent).toBe(true);
    expect(await again.receivePayloads(1)).toEqual(['waiting']);
  },
);

overTransports(
  'stores a session for its expiry, and no session whose expiry is 0 or absent [MQTT-3.1.2-23]',
  async (scene) => {
    const { connect, id } = scene;
    for (const [seconds, isStored] of [
      [300, true],
      [0xffff_ffff, true],
      [0, false],
      [undefined, false],
    ] as const) {
      const clientId = id();
      const properties = seconds === undefined ? {} : { sessionExpiryInterval: seconds };
      const first = await connect({ clientId, clean: false, properties });
      await cutOff(scene, first);
      const again = await connect({ clientId, clean: false });
      expect(again.connack.sessionPresent).toBe(isStored);
    }
  },
);

overTransports('keeps the sessions of two client ids apart [MQTT-3.1.3-2]', async (scene) => {
  const { connect, id, topic } = scene;
  const [one, other] = [id('one'), id('other')];
  const first = await connect(lasting(one));
  await first.subscribe(topic('one'), 1);
  await goAway(scene, first);
  const second = await connect(lasting(other));
  expect(second.connack.sessionPresent).toBe(false);
  await second.subscribe(topic('other'), 1);
  const publisher = await connect();
  await publisher.publish(topic('other'), 'for the other', 1);
  const again = await connect(lasting(one));
  expect(await messagesBefore(again, publisher, topic('one'), 1)).toEqual([]);
  expect(await second.receivePayloads(1)).toEqual(['for the other']);
});

overTransports(
  'a session of MQTT 3.1.1 is resumed by MQTT 5 and the other way round [MQTT-3.1.2-5]',
  async (scene) => {
    const { connect, id, topic } = scene;
    const clientId = id();
    const first = await connect({ clientId, clean: false }, 4);
    await first.subscribe(topic(), 1);
    await goAway(scene, first);
    const second = await connect(lasting(clientId));
    expect(second.connack.sessionPresent).toBe(true);
    await second.publish(topic(), 'to 5', 1);
    expect(await second.receivePayloads(1)).toEqual(['to 5']);
    await goAway(scene, second);
    const third = await connect({ clientId, clean: false }, 4);
    expect(third.connack.sessionPresent).toBe(true);
    third.send(pingreq);
    await third.expect('pingresp');
  },
);

overTransports(
  'gives a client with an empty client id one nobody has, and the session that goes with it [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]',
  async (scene) => {
    const { connect, open, topic } = scene;
    const [one, other] = [await open(), await open()];
    const ids: string[] = [];
    for (const client of [one, other]) {
      client.send(connectBytes({ level: 5, flags: 0, properties: [property('sessionExpiry', u32(300))] }));
      ids.push((await client.expect('connack')).properties?.assignedClientIdentifier ?? '');
    }
    expect(ids.every((assigned) => assigned.length > 0)).toBe(true);
    expect(new Set(ids).size).toBe(2);
    await one.subscribe(topic(), 1);
    one.clientId = ids[0] ?? '';
    await goAway(scene, one);
    await other.publish(topic(), 'waiting', 1);
    const again = await connect(lasting(ids[0] ?? ''));
    expect(again.connack.sessionPresent).toBe(true);
    expect(again.connack.properties?.assignedClientIdentifier).toBeUndefined();
    expect(await again.receivePayloads(1)).toEqual(['waiting']);
  },
);
