import { describe, expect } from 'vitest';
import type { Client } from '../support/client.ts';
import { messagesBeforeOwnMarker } from '../support/marker.ts';
import { useServer, type Scene } from '../support/server.ts';
import { cutOff, lasting } from '../support/sessions.ts';

/** Members of one group on `topic('t')`, each with its own options of CONNECT. */
async function membersOf(scene: Scene, connects: readonly Parameters<Scene['connect']>[0][]) {
  const members: Client[] = [];
  for (const more of connects) {
    const member = await scene.connect(more);
    await member.subscribe(`$share/g/${scene.topic('t')}`, 1);
    members.push(member);
  }
  return members;
}

/** Messages of each member so far, by payload. */
async function received(members: readonly Client[], publisher: Client): Promise<string[][]> {
  const lists: string[][] = [];
  for (const member of members) {
    const messages = await messagesBeforeOwnMarker(member, publisher, 1);
    lists.push(messages.map(({ payload }) => String(payload)));
  }
  return lists;
}

describe('sticky', () => {
  const { overTransports } = useServer({ version: 5, config: { mqtt: { sharedStrategy: 'sticky' } } });

  overTransports(
    'one member gets all messages of a publisher, and the group those of all [MQTT-4.8.2-3]',
    async (scene) => {
      const members = await membersOf(scene, [{}, {}, {}]);
      const publishers: Client[] = [];
      for (let n = 0; n < 12; n++) publishers.push(await scene.connect());
      for (let round = 0; round < 3; round++)
        for (const [n, publisher] of publishers.entries())
          await publisher.publish(scene.topic('t'), `publisher ${n}`, 1);
      const lists = await received(members, publishers[0]!);
      for (let n = 0; n < 12; n++) {
        const counts = lists.map((list) => list.filter((payload) => payload === `publisher ${n}`).length);
        expect(counts.sort((a, b) => a - b)).toEqual([0, 0, 3]);
      }
      expect(lists.filter((list) => list.length > 0).length).toBeGreaterThan(1);
    },
  );

  overTransports(
    'another member takes over when the one of a publisher is away [MQTT-4.5.0-1]',
    async (scene) => {
      const members = await membersOf(scene, [lasting(scene.id()), lasting(scene.id())]);
      const publisher = await scene.connect();
      await publisher.publish(scene.topic('t'), 'one', 1);
      const before = await received(members, publisher);
      const chosen = before.findIndex((list) => list.length > 0);
      await cutOff(scene, members[chosen]!);
      await publisher.publish(scene.topic('t'), 'two', 1);
      expect(await received([members[1 - chosen]!], publisher)).toEqual([['two']]);
    },
  );
});

describe('least-inflight', () => {
  const { overTransports } = useServer({
    version: 5,
    config: { mqtt: { sharedStrategy: 'least-inflight' } },
  });

  overTransports(
    'a member that does not acknowledge gets no more than the others have on their way [MQTT-4.8.2-3]',
    async (scene) => {
      const [slow, quick] = (await membersOf(scene, [{}, {}])) as [Client, Client];
      const publisher = await scene.connect();
      for (let n = 0; n < 10; n++) {
        await publisher.publish(scene.topic('t'), String(n), 1);
        if (n === 0) continue;
        await quick.receive();
        await quick.nothingMore();
      }
      await slow.expect('publish');
      await slow.nothingMore();
    },
  );
});
