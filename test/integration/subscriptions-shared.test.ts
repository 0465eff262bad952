import { describe, expect, test } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { messagesBefore } from '../conformance/support/marker.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { codesOf, connected, staying, type ConnectOptions } from '../support/mqtt-clients.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n + 1}`);

/** Members of a group of their own, on a topic of their own. */
async function groupOf(stage: Stage, members: readonly ConnectOptions[]): Promise<Group> {
  const topic = freshId('shared');
  const clients: Client[] = [];
  for (const member of members) {
    const client = await connected(stage.gateway, member);
    await client.subscribe(`$share/g/${topic}`, 2);
    clients.push(client);
  }
  return { topic, clients, publisher: await connected(stage.gateway) };
}
interface Group {
  readonly topic: string;
  readonly clients: Client[];
  readonly publisher: Client;
}

/** What each member got, up to a marker of its own; acknowledged. */
async function receivedBy({ clients, publisher }: Group): Promise<string[][]> {
  const lists: string[][] = [];
  for (const client of clients) {
    const marker = freshId('marker');
    await client.subscribe(marker, 1);
    const messages = await messagesBefore(client, publisher, marker, 1);
    lists.push(messages.map(({ payload }) => String(payload)));
  }
  return lists;
}

describe('round-robin, which is the default', () => {
  const stage = useStage();

  test('gives each member its turn, whoever publishes', async () => {
    const group = await groupOf(stage, [{}, {}, {}]);
    const other = await connected(stage.gateway);
    for (let n = 0; n < 6; n++) {
      await group.publisher.publish(group.topic, `a${n}`, 1);
      await other.publish(group.topic, `b${n}`, 1);
    }
    const lists = await receivedBy(group);
    expect(lists.map((list) => list.length)).toEqual([4, 4, 4]);
    expect(new Set(lists.flat()).size).toBe(12);
  });

  test('passes over a member that is away while another is here, also one whose session stays', async () => {
    const away = freshId('away');
    const group = await groupOf(stage, [{}, staying(away)]);
    await group.clients[1]!.leave();
    await untilAway(stage, away);
    await codesOf(group.publisher, group.topic, numbered(6), 1);
    const [list] = await receivedBy({ ...group, clients: group.clients.slice(0, 1) });
    expect(list).toEqual(numbered(6));
  });

  test('gives to sessions that stay when nobody is here, in turn', async () => {
    const ids = [freshId('away'), freshId('away')];
    const group = await groupOf(
      stage,
      ids.map((id) => staying(id)),
    );
    for (const client of group.clients) {
      await client.leave();
      await untilAway(stage, client.clientId);
    }
    await codesOf(group.publisher, group.topic, numbered(6), 1);
    const back = [];
    for (const id of ids) back.push(await connected(stage.gateway, staying(id)));
    const lists = [await back[0]!.receivePayloads(3), await back[1]!.receivePayloads(3)];
    expect(lists.flat().toSorted()).toEqual(numbered(6));
    for (const client of back) await client.nothingMore();
  });

  test('a message for members that are all gone is for nobody', async () => {
    const group = await groupOf(stage, [{}]);
    await group.clients[0]!.leave();
    await untilAway(stage, group.clients[0]!.clientId);
    expect(await codesOf(group.publisher, group.topic, ['x'], 1)).toEqual([0]);
    const later = await connected(stage.gateway);
    await later.subscribe(`$share/g/${group.topic}`, 1);
    await later.nothingMore();
  });

  test('a member that unsubscribes has no more turns, and one that comes has its own', async () => {
    const group = await groupOf(stage, [{}, {}]);
    await group.clients[0]!.unsubscribe(`$share/g/${group.topic}`);
    await codesOf(group.publisher, group.topic, numbered(2), 1);
    expect(await receivedBy(group)).toEqual([[], numbered(2)]);
    const third = await connected(stage.gateway);
    await third.subscribe(`$share/g/${group.topic}`, 1);
    const grown = { ...group, clients: [...group.clients, third] };
    await codesOf(group.publisher, group.topic, numbered(4), 1);
    expect((await receivedBy(grown)).map((list) => list.length)).toEqual([0, 2, 2]);
  });
});

describe('least-inflight', () => {
  const stage = useStage({ config: { mqtt: { sharedStrategy: 'least-inflight' } } });

  test.each([
    ['ordinary', {}],
    ['persistent', { clean: false, properties: { sessionExpiryInterval: 300 } }],
  ])('gives to who has the least on its way (%s sessions)', async (_, member) => {
    const group = await groupOf(stage, [member, member, member]);
    const [busy, ...others] = group.clients;
    const own = freshId('own');
    await busy!.subscribe(own, 1);
    await codesOf(group.publisher, own, numbered(10), 1);
    for (let n = 0; n < 10; n++) await busy!.expect('publish');
    await codesOf(group.publisher, group.topic, numbered(10), 1);
    const lists = await receivedBy({ ...group, clients: others });
    expect(lists.map((list) => list.length)).toEqual([5, 5]);
    await busy!.nothingMore();
  });
});

describe('sticky', () => {
  const stage = useStage({ config: { mqtt: { sharedStrategy: 'sticky' } } });

  test('gives all of a publisher to one member, and different publishers to different ones', async () => {
    const group = await groupOf(stage, [{}, {}, {}]);
    const publishers = [];
    for (let n = 0; n < 20; n++) {
      const publisher = await connected(stage.gateway);
      publishers.push(publisher.clientId);
      await codesOf(
        publisher,
        group.topic,
        [1, 2, 3].map((m) => `${publisher.clientId} ${m}`),
        1,
      );
    }
    const lists = await receivedBy(group);
    const membersOf = (publisher: string): number =>
      lists.filter((list) => list.some((payload) => payload.startsWith(`${publisher} `))).length;
    for (const publisher of publishers) expect(membersOf(publisher)).toBe(1);
    expect(lists.filter((list) => list.length > 0).length).toBeGreaterThan(1);
    expect(lists.flat()).toHaveLength(60);
  });

  test('moves to another member when the one goes away', async () => {
    const group = await groupOf(stage, [{}, {}]);
    await codesOf(group.publisher, group.topic, ['before'], 1);
    const lists = await receivedBy(group);
    const chosen = lists.findIndex((list) => list.length > 0);
    group.clients[chosen]!.drop();
    await untilAway(stage, group.clients[chosen]!.clientId);
    await codesOf(group.publisher, group.topic, numbered(3), 1);
    expect(await receivedBy({ ...group, clients: [group.clients[1 - chosen]!] })).toEqual([numbered(3)]);
  });
});

describe('a member that goes away with messages it had not acknowledged', () => {
  const stage = useStage();
  const ends: [how: string, end: (client: Client) => unknown][] = [
    ['is cut off', (client) => client.drop()],
    ['says goodbye', (client) => client.leave()],
  ];
  const kinds: [kind: string, member: () => ConnectOptions][] = [
    ['ordinary', () => ({})],
    ['persistent', () => staying(freshId('member'))],
  ];

  describe.each(ends)('and %s', (_how, end) => {
    test.each(kinds)(
      'leaves those of QoS 1 to another (%s session) [MQTT-4.8.2-6]',
      async (_kind, member) => {
        const group = await groupOf(stage, [member(), member()]);
        const [leaving, other] = group.clients as [Client, Client];
        await codesOf(group.publisher, group.topic, numbered(6), 1);
        const acknowledged = await leaving.receive();
        for (let n = 0; n < 2; n++) await leaving.expect('publish');
        end(leaving);
        const seen = await other.receivePayloads(5);
        expect([...seen, String(acknowledged.payload)].toSorted()).toEqual(numbered(6));
        await other.nothingMore();
        const queue = keys.queue(keys.partitionOf(leaving.clientId), leaving.clientId);
        await until('its queue to be empty', async () => (await stage.redis.client.xlen(queue)) === 0);
      },
    );

    test.each(kinds)(
      'keeps those of QoS 2 it may have (%s session) [MQTT-4.8.2-4] [MQTT-4.8.2-5]',
      async (_kind, member) => {
        const connect = member();
        const group = await groupOf(stage, [connect, member()]);
        const [leaving, other] = group.clients as [Client, Client];
        await codesOf(group.publisher, group.topic, numbered(2), 2);
        const mine = await leaving.expect('publish');
        const theirs = await other.receive();
        expect([mine, theirs].map(({ payload }) => String(payload)).toSorted()).toEqual(numbered(2));
        end(leaving);
        await untilAway(stage, leaving.clientId);
        await other.nothingMore();
        if (connect.clientId === undefined) return;
        const back = await connected(stage.gateway, connect);
        const again = await back.receive();
        expect([String(again.payload), again.dup]).toEqual([String(mine.payload), true]);
      },
    );
  });

  test('keeps them when there is nobody else, and gets them with DUP on return', async () => {
    const id = freshId('member');
    const group = await groupOf(stage, [staying(id)]);
    await codesOf(group.publisher, group.topic, numbered(2), 1);
    for (let n = 0; n < 2; n++) await group.clients[0]!.expect('publish');
    group.clients[0]!.drop();
    await untilAway(stage, id);
    const back = await connected(stage.gateway, staying(id));
    expect([(await back.receive()).dup, (await back.receive()).dup]).toEqual([true, true]);
  });

  test('leaves what waited behind its window too', async () => {
    const small = { properties: { receiveMaximum: 1 } };
    const group = await groupOf(stage, [small, {}]);
    const [leaving, other] = group.clients as [Client, Client];
    await codesOf(group.publisher, group.topic, numbered(10), 1);
    expect(await other.receivePayloads(5)).toHaveLength(5);
    await leaving.expect('publish');
    leaving.drop();
    expect(await other.receivePayloads(5)).toHaveLength(5);
    await other.nothingMore();
  });
});
