import { expect } from 'vitest';
import { byte, packet, pingreq, publishBytes, text, u16 } from '../support/bytes.ts';
import type { Client } from '../support/client.ts';
import { messagesBefore } from '../support/marker.ts';
import type { Scene } from '../support/server.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 4, config: { limits: { maxTopicBytes: 65_535 } } });

/** The filter is refused: SUBACK says failure, or the connection ends. */
async function isRefused(client: Client, filter: string | Buffer): Promise<void> {
  client.send(packet('subscribe', [u16(1), text(filter), byte(0)]));
  const answer = await client.next().catch(() => undefined);
  if (answer !== undefined) expect(answer.raw).toEqual(packet('suback', [u16(1), byte(0x80)]));
  else await client.closedSilently();
}

/** Which of the topics reach a filter. All stand below the scene's own level, but for those that begin with `$`. */
async function matched(
  { connect, topic }: Scene,
  filter: string,
  names: readonly string[],
): Promise<string[]> {
  const subscriber = await connect();
  const publisher = await connect();
  await subscriber.subscribe([topic(filter), topic('marker!')]);
  for (const name of names) await publisher.publish(topic(name), name);
  const messages = await messagesBefore(subscriber, publisher, topic('marker!'));
  return messages
    .map((message) => message.topic.slice(topic().length + 1))
    .filter((name) => name !== 'marker!');
}

const valid: [filter: string, matches: string[], not: string[]][] = [
  [
    'sport/tennis/player1/#',
    ['sport/tennis/player1', 'sport/tennis/player1/x', 'sport/tennis/player1/x/y'],
    ['sport/tennis/player2', 'sport/tennis'],
  ],
  ['sport/#', ['sport', 'sport/', 'sport/a/b'], ['sports', 'a/sport']],
  [
    'sport/tennis/+',
    ['sport/tennis/player1', 'sport/tennis/'],
    ['sport/tennis', 'sport/tennis/player1/ranking'],
  ],
  ['sport/+', ['sport/', 'sport/a'], ['sport', 'sport/a/b']],
  ['+/+', ['/finance', 'a/b', '/'], ['finance', 'a/b/c']],
  ['/+', ['/finance', '/'], ['finance', 'a/finance', '/a/b']],
  ['+/tennis/#', ['sport/tennis', 'sport/tennis/a', '/tennis'], ['tennis', 'a/b/tennis']],
  ['a/+/c/+/#', ['a/b/c/d', 'a//c//', 'a/b/c/d/e/f'], ['a/b/c', 'a/b/x/d']],
  ['a//b', ['a//b'], ['a/b', 'a///b', '/a//b']],
  ['/', ['/'], ['', '//', 'a/']],
];

overTransports.each(valid)(
  'filter %s matches what it should, and nothing else [MQTT-4.7.1-2] [MQTT-4.7.1-3]',
  async (scene, filter, matches, not) => {
    const found = await matched(scene, filter, [...matches, ...not.filter((name) => name !== '')]);
    expect(found).toEqual(matches);
  },
);

overTransports.each([['#a'], ['a#'], ['a/#/b'], ['a/#/'], ['##'], ['#/'], ['a/b#']] as const)(
  'refuses the filter %s [MQTT-4.7.1-2]',
  async ({ connect }, filter) => isRefused(await connect(), filter),
);

overTransports.each([['a+'], ['+a'], ['a/b+/c'], ['++'], ['a/+b'], ['a/++/c'], ['+#']] as const)(
  'refuses the filter %s [MQTT-4.7.1-3]',
  async ({ connect }, filter) => isRefused(await connect(), filter),
);

overTransports(
  'takes wildcards in a filter and closes on them in a topic name [MQTT-4.7.1-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    expect((await client.subscribe([topic('+/a'), topic('#')])).granted).toEqual([0, 0]);
    client.send(publishBytes({ topic: topic('+/a'), payload: 'x' }), pingreq);
    await client.closedSilently();
  },
);

overTransports(
  '# alone and + alone match every topic of theirs [MQTT-4.7.1-2]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    const all = await connect();
    const single = await connect();
    await all.subscribe('#');
    await single.subscribe('+');
    await publisher.publish(topic('a/b'), 'x');
    await publisher.publish(topic(), 'x');
    await all.take('publish', (message) => message.topic === topic('a/b'));
    await single.take('publish', (message) => message.topic === topic());
    expect(single.history.map((received) => received.packet)).not.toContainEqual(
      expect.objectContaining({ cmd: 'publish', topic: topic('a/b') }),
    );
  },
);

overTransports(
  'a filter that begins with a wildcard matches no topic that begins with $ [MQTT-4.7.2-1]',
  async ({ connect, topic }) => {
    const publisher = await connect();
    const level = topic();
    const subscribers = [];
    for (const filter of ['#', '+/#', `+/${level}`, `+/${level}/#`]) {
      const subscriber = await connect();
      await subscriber.subscribe(filter, 1);
      subscribers.push(subscriber);
    }
    await publisher.publish(`$dollar/${level}`, 'x', 1);
    await publisher.publish(`dollar/${level}`, 'marker', 1);
    for (const subscriber of subscribers) {
      await subscriber.take('publish', (message) => message.topic === `dollar/${level}`);
      const topics = subscriber.history.map(({ packet: got }) => (got.cmd === 'publish' ? got.topic : ''));
      expect(topics.filter((name) => name.startsWith('$'))).toEqual([]);
    }
  },
);

overTransports(
  'a filter that names the $ level matches topics that begin with $ [MQTT-4.7.2-1]',
  async ({ connect, topic }) => {
    const client = await connect();
    for (const filter of [`$dollar/${topic()}`, `$dollar/+`, '$dollar/#']) {
      await client.subscribe(filter);
      await client.publish(`$dollar/${topic()}`, filter, 1);
      await client.take('publish', ({ payload }) => String(payload) === filter);
      await client.unsubscribe(filter);
    }
  },
);

overTransports(
  'a retained message of a $ topic is not sent to a filter that begins with a wildcard [MQTT-4.7.2-1]',
  async ({ connect, topic, id }) => {
    const publisher = await connect();
    const level = topic();
    await publisher.publish(`$dollar/${level}`, 'x', 1, { retain: true });
    const marker = id('marker');
    await publisher.publish(marker, 'marker', 1, { retain: true });
    const subscriber = await connect();
    await subscriber.subscribe([`+/${level}`, marker], 1);
    expect((await subscriber.receive()).topic).toBe(marker);
  },
);

overTransports('refuses an empty filter and an empty topic name [MQTT-4.7.3-1]', async ({ connect }) => {
  await isRefused(await connect(), '');
  const client = await connect();
  client.send(publishBytes({ topic: '', payload: 'x' }), pingreq);
  await client.closedSilently();
});

overTransports('takes a topic of one character [MQTT-4.7.3-1]', async ({ connect, transport }) => {
  const client = await connect();
  const name = transport === 'tcp' ? 't' : 'w';
  await client.subscribe(name);
  await client.publish(name, 'x');
  expect((await client.receive()).topic).toBe(name);
});

overTransports('closes on U+0000 in a topic name or filter [MQTT-4.7.3-2]', async ({ connect }) => {
  for (const bytes of [
    publishBytes({ topic: 'a\0b', payload: 'x' }),
    packet('subscribe', [u16(1), text('a\0b'), byte(0)]),
    packet('unsubscribe', [u16(1), text('\0')]),
  ]) {
    const client = await connect();
    client.send(bytes, pingreq);
    await client.closedSilently();
  }
});

overTransports(
  'takes topic names and filters of up to 65,535 bytes [MQTT-4.7.3-3]',
  async ({ connect, topic }) => {
    const client = await connect();
    const name = `${topic()}/`.padEnd(65_535, 'x');
    expect((await client.subscribe(name)).granted).toEqual([0]);
    client.send(publishBytes({ topic: name, payload: 'x' }));
    expect((await client.receive()).topic).toBe(name);
  },
);

overTransports(
  'compares topics as they are: case, spaces, normal forms, look-alikes [MQTT-4.7.3-4]',
  async ({ connect, topic }) => {
    const composed = '\u00c5';
    const names = ['ACCOUNTS', 'Accounts', 'Accounts payable', 'Accounts ', composed, 'A\u030a', '\u212b'];
    names.push('%41', '../Accounts', './Accounts', 'a\u200bb', 'ab', '\u0430', 'a');
    const publisher = await connect();
    const subscriber = await connect();
    for (const name of names) {
      await subscriber.subscribe(topic(name));
      for (const other of names) await publisher.publish(topic(other), other);
      const messages = await messagesBefore(subscriber, publisher, topic(name));
      expect(messages.map((message) => message.topic)).toEqual([topic(name)]);
      await subscriber.unsubscribe(topic(name));
    }
  },
);
