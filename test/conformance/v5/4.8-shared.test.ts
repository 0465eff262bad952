import { describe, expect } from 'vitest';
import type { Client } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, goAway, lasting, sessionKinds } from '../support/sessions.ts';

const { overTransports } = useServer({ version: 5 });

type Session = Parameters<Scene['connect']>[0];

/** Members of one group on one topic. */
async function membersOf(
  scene: Scene,
  count: number,
  qos: 0 | 1 | 2,
  filter: string,
  session: Session = {},
): Promise<Client[]> {
  const members: Client[] = [];
  for (let n = 0; n < count; n++) {
    const member = await scene.connect(session);
    expect((await member.subscribe(filter, qos)).granted).toEqual([qos]);
    members.push(member);
  }
  return members;
}

/** What each client was sent until a marker of its own. */
async function receivedBy(scene: Scene, clients: readonly Client[], publisher: Client, qos: 0 | 1 | 2 = 1) {
  const lists: string[][] = [];
  for (const [n, client] of clients.entries()) {
    const marker = scene.topic(`marker/${n}`);
    await client.subscribe(marker, qos);
    const messages = await messagesBefore(client, publisher, marker, qos);
    lists.push(messages.map(({ payload }) => String(payload)));
  }
  return lists;
}

const malformed: [filter: string][] = [
  ['$share/'],
  ['$share/group'],
  ['$share/group/'],
  ['$share//topic'],
  ['$share//'],
];

overTransports.each(malformed)(
  'refuses the filter %s: a share name and a filter are wanted [MQTT-4.8.2-1] [MQTT-4.8.2-2]',
  async ({ connect }, filter) => {
    const client = await connect();
    expect((await client.subscribe(filter, 1)).granted).toEqual([0x8f]);
    await client.nothingMore();
  },
);

overTransports.each([['$share/g+/t'], ['$share/+/t'], ['$share/#/t'], ['$share/g#/t'], ['$share/#']])(
  'refuses the filter %s: a share name has no wildcard [MQTT-4.8.2-2]',
  async ({ connect }, filter) => {
    const client = await connect();
    expect((await client.subscribe(filter, 1)).granted).toEqual([0x8f]);
  },
);

overTransports.each([['$share/g/a#'], ['$share/g/#/a'], ['$share/g/a+']])(
  'refuses the filter %s: what follows the share name is no filter [MQTT-4.8.2-2] [MQTT-4.7.1-1]',
  async ({ connect }, filter) => {
    const client = await connect();
    expect((await client.subscribe(filter, 1)).granted).toEqual([0x8f]);
  },
);

overTransports(
  'takes any other share name, and the filter behind it with wildcards and empty levels [MQTT-4.8.2-1] [MQTT-4.8.2-2]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    for (const name of ['g', 'größe', '$share', ' ', 'a b', '0']) {
      const client = await connect();
      const filters = [`$share/${name}/${topic('+/#')}`, `$share/${name}//${topic('#')}`];
      expect((await client.subscribe(filters, 1)).granted).toEqual([1, 1]);
      await publisher.publish(topic('a/b'), name, 1);
      await publisher.publish(`/${topic('c')}`, name, 1);
      expect(await client.receivePayloads(2)).toEqual([name, name]);
      await client.leave();
    }
  },
);

overTransports(
  'a filter that only resembles a shared one is an ordinary filter [MQTT-4.8.2-1]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    const names = [`$shared/g/${topic()}`, `$SHARE/g/${topic()}`, `${topic()}/$share/g`];
    const clients = [await connect(), await connect()];
    for (const client of clients) await client.subscribe([...names, topic('marker')], 1);
    await publisher.publish(names[2] ?? '', 'x', 1);
    for (const client of clients) expect(await client.receivePayloads(1)).toEqual(['x']);
    await publisher.publish(topic(), 'not for them', 1);
    expect(await messagesBefore(clients[0]!, publisher, topic('marker'), 1)).toEqual([]);
  },
);

describe.each(sessionKinds)('%s', (_, sessionExpiryInterval) => {
  const session = { properties: { sessionExpiryInterval } };

  overTransports.each([[0], [1], [2]] as [qos: 0 | 1 | 2][])(
    'hands each QoS %s message to one member, in turns [MQTT-4.8.2-3]',
    async (scene, qos) => {
      const { connect, topic } = scene;
      const members = await membersOf(scene, 3, qos, `$share/g/${topic('t')}`, session);
      const publisher = await connect(session);
      for (let n = 0; n < 12; n++) await publisher.publish(topic('t'), String(n), qos);
      const lists = await receivedBy(scene, members, publisher, qos);
      expect(lists.map((list) => list.length)).toEqual([4, 4, 4]);
      expect(
        lists
          .flat()
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 12 }, (_, n) => n));
    },
  );

  overTransports(
    'each group gets a copy, and so does an ordinary subscription, of the same client too [MQTT-4.8.2-3]',
    async (scene) => {
      const { connect, topic } = scene;
      const [one] = await membersOf(scene, 1, 1, `$share/one/${topic('t')}`, session);
      const [other] = await membersOf(scene, 1, 1, `$share/other/${topic('+')}`, session);
      await other!.subscribe(topic('t'), 1);
      const ordinary = await connect(session);
      await ordinary.subscribe(topic('#'), 1);
      const publisher = await connect(session);
      for (const payload of ['a', 'b']) await publisher.publish(topic('t'), payload, 1);
      expect(await one!.receivePayloads(2)).toEqual(['a', 'b']);
      expect((await other!.receivePayloads(4)).sort()).toEqual(['a', 'a', 'b', 'b']);
      expect(await ordinary.receivePayloads(2)).toEqual(['a', 'b']);
    },
  );

  overTransports(
    'delivers at the QoS granted to the member, and with its options [MQTT-4.8.2-3]',
    async (scene) => {
      const { connect, topic } = scene;
      const publisher = await connect(session);
      for (const qos of [0, 1, 2] as const) {
        const member = await connect(session);
        await member.subscribe({ topic: `$share/g${qos}/${topic()}`, qos, rap: qos === 1 }, qos, {
          properties: { subscriptionIdentifier: 40 + qos },
        });
        await publisher.publish(topic(), 'x', 2, { retain: true });
        const message = await member.receive();
        expect(message).toMatchObject({ qos, retain: qos === 1 });
        expect(message.properties?.subscriptionIdentifier).toBe(40 + qos);
        await member.leave();
      }
      await publisher.publish(topic(), '', 1, { retain: true });
    },
  );

  overTransports(
    'sends no retained message for a shared subscription [MQTT-3.3.1-9]',
    async ({ connect, topic }) => {
      const publisher = await connect(session);
      await publisher.publish(topic(), 'kept', 1, { retain: true });
      const member = await connect(session);
      await member.subscribe(`$share/g/${topic()}`, 1);
      expect(await messagesBefore(member, publisher, topic(), 1)).toEqual([]);
    },
  );

  overTransports(
    'who leaves the group gets nothing more, and the others everything [MQTT-3.10.4-1]',
    async (scene) => {
      const { connect, topic } = scene;
      const filter = `$share/g/${topic('t')}`;
      const members = await membersOf(scene, 3, 1, filter, session);
      const [leaves, disconnects, stays] = members as [Client, Client, Client];
      expect((await leaves.unsubscribe(topic('t'))).granted).toEqual([0x11]);
      expect((await leaves.unsubscribe(filter)).granted).toEqual([0]);
      await goAway(scene, disconnects);
      const publisher = await connect(session);
      for (const payload of ['a', 'b', 'c']) await publisher.publish(topic('t'), payload, 1);
      expect(await receivedBy(scene, [stays, leaves], publisher)).toEqual([['a', 'b', 'c'], []]);
    },
  );
});

overTransports(
  'a QoS 1 message whose member is gone before acknowledging goes to another [MQTT-4.8.2-3]',
  async (scene) => {
    const { connect, topic } = scene;
    const filter = `$share/g/${topic('t')}`;
    const members = await membersOf(scene, 2, 1, filter);
    const publisher = await connect();
    for (const payload of ['a', 'b']) await publisher.publish(topic('t'), payload, 1);
    const [one, other] = members as [Client, Client];
    const held = String((await one.expect('publish')).payload);
    const own = await other.receivePayloads(1);
    await cutOff(scene, one);
    expect(await other.receivePayloads(1)).toEqual([held]);
    expect([held, ...own].sort()).toEqual(['a', 'b']);
  },
);

overTransports(
  'a group all of whose members are away keeps its messages for one of them [MQTT-4.5.0-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const ids = [scene.id(), scene.id()];
    for (const id of ids) {
      const member = await connect(lasting(id));
      await member.subscribe(`$share/g/${topic('t')}`, 1);
      await cutOff(scene, member);
    }
    const publisher = await connect();
    for (let n = 0; n < 6; n++) await publisher.publish(topic('t'), String(n), 1);
    const members: Client[] = [];
    for (const id of ids) members.push(await connect(lasting(id)));
    const lists = await receivedBy(scene, members, publisher);
    expect(lists.flat().sort()).toEqual(['0', '1', '2', '3', '4', '5']);
  },
);

overTransports(
  'completes a QoS 2 delivery with the member it began with, when that returns [MQTT-4.8.2-4]',
  async (scene) => {
    const { connect, topic } = scene;
    const filter = `$share/g/${topic('t')}`;
    const ids = [scene.id(), scene.id()];
    const [one, other] = [await connect(lasting(ids[0]!)), await connect(lasting(ids[1]!))];
    for (const member of [one, other]) await member.subscribe(filter, 2);
    const publisher = await connect();
    for (const payload of ['a', 'b']) await publisher.publish(topic('t'), payload, 2);
    const begun = await one.expect('publish');
    await other.receivePayloads(1);
    await cutOff(scene, one);
    expect(await receivedBy(scene, [other], publisher, 2)).toEqual([[]]);
    const back = await connect(lasting(ids[0]!));
    const again = await back.receive();
    expect(again).toMatchObject({ messageId: begun.messageId, dup: true });
    expect(String(again.payload)).toBe(String(begun.payload));
    expect(await receivedBy(scene, [other], publisher, 2)).toEqual([[]]);
  },
);

overTransports(
  'a QoS 2 delivery whose member’s session ends goes to no other [MQTT-4.8.2-5]',
  async (scene) => {
    const { topic } = scene;
    const members = await membersOf(scene, 2, 2, `$share/g/${topic('t')}`);
    const [one, other] = members as [Client, Client];
    const publisher = await scene.connect();
    for (const payload of ['a', 'b', 'c', 'd']) await publisher.publish(topic('t'), payload, 2);
    const published = await one.expect('publish');
    const received = await one.expect('publish');
    one.send({ cmd: 'pubrec', messageId: received.messageId ?? 0 });
    await one.expect('pubrel');
    expect(published.dup).toBe(false);
    expect(await other.receivePayloads(2)).toHaveLength(2);
    await cutOff(scene, one);
    expect(await receivedBy(scene, [other], publisher, 2)).toEqual([[]]);
  },
);

overTransports.each(sessionKinds)(
  'discards what a member with %s refuses, and sends it to no other [MQTT-4.8.2-6]',
  async (scene, _, sessionExpiryInterval) => {
    const { topic } = scene;
    const members = await membersOf(scene, 2, 2, `$share/g/${topic('t')}`, {
      properties: { sessionExpiryInterval },
    });
    const publisher = await scene.connect();
    for (const qos of [1, 1, 2, 2] as const) await publisher.publish(topic('t'), 'refused', qos);
    for (const member of members) {
      for (let n = 0; n < 2; n++) {
        const { qos, messageId } = await member.expect('publish');
        member.send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId: messageId ?? 0, reasonCode: 0x80 });
      }
      await member.nothingMore();
    }
    expect(await receivedBy(scene, members, publisher, 2)).toEqual([[], []]);
    for (const member of members) await cutOff(scene, member);
  },
);
