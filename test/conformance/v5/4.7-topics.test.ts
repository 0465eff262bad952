import { expect } from 'vitest';
import { byte, packet, properties, publishBytes, text, u16 } from '../support/bytes.ts';
import { messagesBefore } from '../support/marker.ts';
import { retainedFor } from '../support/retained.ts';
import { useServer } from '../support/server.ts';

const { overTransports } = useServer({ version: 5, config: { limits: { maxTopicBytes: 65_535 } } });

/** Filters and topics below a level of the test's own: what each matches, and what it does not. */
const matches: [filter: string, matching: string[], others: string[]][] = [
  ['a/b', ['a/b'], ['a', 'a/b/', 'a/b/c', '/a/b', 'A/b', 'a/B', 'a//b']],
  ['a/#', ['a', 'a/', 'a/b', 'a/b/c', 'a//'], ['b', 'aa', '/a', 'b/a']],
  ['a/+', ['a/', 'a/b', 'a/ '], ['a', 'a/b/', 'a/b/c', 'a//']],
  ['+/b', ['a/b', '/b', 'b/b'], ['b', 'a/c', 'a/b/c', 'a/x/b']],
  ['+/+/c', ['a/b/c', '//c'], ['a/c', 'a/b/c/d', 'c']],
  ['+', ['a', ''], ['a/', '/a', 'a/b']],
  ['#', ['a', 'a/b', '', '/', '//'], []],
  ['+/#', ['a', 'a/b', ''], []],
  ['a/+/#', ['a/b', 'a/', 'a/b/c/d'], ['a', 'b/a']],
  ['a/+/c/#', ['a/b/c', 'a//c/d'], ['a/b', 'a/b/d', 'a/c']],
  ['', [''], ['a', '/']],
  ['/', ['/'], ['', 'a', '//']],
];

overTransports.each(matches)(
  'the filter %s matches what it shall [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-3.3.2-3]',
  async ({ connect, topic }, filter, matching, others) => {
    const subscriber = await connect();
    expect((await subscriber.subscribe(topic(filter), 1)).granted).toEqual([1]);
    await subscriber.subscribe(`${topic()}-marker`, 1);
    const publisher = await connect();
    for (const rest of [...others, ...matching]) await publisher.publish(topic(rest), 'x', 1);
    const got = await messagesBefore(subscriber, publisher, `${topic()}-marker`, 1);
    expect(got.map((message) => message.topic)).toEqual(matching.map((rest) => topic(rest)));
  },
);

overTransports.each(matches)(
  'the filter %s finds the retained messages it matches [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-3.3.1-9]',
  async (scene, filter, matching, others) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    for (const rest of [...others, ...matching])
      await publisher.publish(topic(rest), 'x', 1, { retain: true });
    const got = await retainedFor(scene, await connect(), topic(filter), 1);
    expect(got.map((message) => message.topic).sort()).toEqual(matching.map((rest) => topic(rest)).sort());
    for (const rest of [...others, ...matching])
      await publisher.publish(topic(rest), '', 1, { retain: true });
  },
);

overTransports(
  'a level above takes part: /finance matches +/+ and /+, and not + [MQTT-4.7.1-2]',
  async ({ connect, topic }) => {
    const name = topic('finance').replace(/^/, '/');
    const publisher = await connect();
    const subscribers = [];
    for (const filter of ['/+/finance', '+/+/+', '+/finance', '+']) {
      const subscriber = await connect();
      await subscriber.subscribe([filter, topic('marker')], 1);
      subscribers.push(subscriber);
    }
    await publisher.publish(name, 'x', 1);
    const counts = [];
    for (const subscriber of subscribers) {
      const got = await messagesBefore(subscriber, publisher, topic('marker'), 1);
      counts.push(got.filter((message) => message.topic === name).length);
    }
    expect(counts).toEqual([1, 1, 0, 0]);
  },
);

const misplaced: [filter: string][] = [
  ['a#'],
  ['#a'],
  ['#/a'],
  ['a/#/b'],
  ['a/b#'],
  ['##'],
  ['a/##'],
  ['+#'],
];

overTransports.each(misplaced)(
  'refuses the filter %s, where # is not the whole last level [MQTT-4.7.1-1]',
  async ({ connect, topic }, rest) => {
    const client = await connect();
    expect((await client.subscribe([topic(rest), rest])).granted).toEqual([0x8f, 0x8f]);
    await client.nothingMore();
  },
);

overTransports.each([['a+'], ['+a'], ['a/b+/c'], ['++'], ['a/++'], ['+a/#']])(
  'refuses the filter %s, where + is not a whole level [MQTT-4.7.1-2]',
  async ({ connect, topic }, rest) => {
    const client = await connect();
    expect((await client.subscribe([topic(rest), rest])).granted).toEqual([0x8f, 0x8f]);
  },
);

overTransports(
  'a wildcard in front matches no topic that begins with $ [MQTT-4.7.2-1]',
  async ({ connect, topic }) => {
    const dollar = `$${topic('x')}`;
    const subscriber = await connect();
    await subscriber.subscribe(['#', '+/#', '+/x', '+/+'], 1);
    const publisher = await connect();
    await publisher.publish(dollar, 'hidden', 1);
    const got = await messagesBefore(subscriber, publisher, topic('marker'), 1);
    expect(got.filter((message) => message.topic === dollar)).toEqual([]);
  },
);

overTransports(
  'a wildcard in front finds no retained message of a topic that begins with $ [MQTT-4.7.2-1]',
  async (scene) => {
    const { connect, topic } = scene;
    const publisher = await connect();
    const topics = [`$${topic('x')}`, topic('$x')];
    for (const name of topics) await publisher.publish(name, 'kept', 1, { retain: true });
    const of = async (filter: string): Promise<(string | undefined)[]> =>
      (await retainedFor(scene, await connect(), filter, 1)).map((message) => message.topic);
    for (const filter of ['#', '+/#', '+/+']) {
      const got = await of(filter);
      expect(got).not.toContain(topics[0]);
      expect(got).toContain(topics[1]);
    }
    for (const name of topics) await publisher.publish(name, '', 1, { retain: true });
  },
);

overTransports(
  'a filter that begins with the same $ level matches, and its wildcards match below it [MQTT-4.7.2-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe([`$${topic('#')}`, topic('marker')], 1);
    const publisher = await connect();
    await publisher.publish(topic('x'), 'without $', 1);
    await publisher.publish(`$${topic('x/y')}`, 'with $', 1);
    expect(await subscriber.receivePayloads(1)).toEqual(['with $']);
    expect(await messagesBefore(subscriber, publisher, topic('marker'), 1)).toEqual([]);
  },
);

overTransports(
  'a $ behind the first level is a character as any other [MQTT-4.7.2-1]',
  async ({ connect, topic }) => {
    const subscriber = await connect();
    await subscriber.subscribe([topic('+/x'), topic('y/#')], 1);
    const publisher = await connect();
    await publisher.publish(topic('$a/x'), '1', 1);
    await publisher.publish(topic('y/$b'), '2', 1);
    expect(await subscriber.receivePayloads(2)).toEqual(['1', '2']);
  },
);

overTransports('an empty Topic Name or filter is refused [MQTT-4.7.3-1]', async ({ connect }) => {
  const publisher = await connect();
  publisher.send(publishBytes({ topic: '', properties: [] }));
  await publisher.disconnectedWith(0x82);
  const subscriber = await connect();
  subscriber.send(packet('subscribe', [u16(1), properties(), text(''), byte(0)]));
  const { packet: answer } = await subscriber.next();
  if (answer.cmd === 'suback') expect(answer.granted).toEqual([0x8f]);
  else expect(answer).toMatchObject({ cmd: 'disconnect', reasonCode: 0x82 });
});

overTransports(
  'refuses U+0000 in a Topic Name and in a filter as malformed [MQTT-4.7.3-2]',
  async ({ connect }) => {
    const bodies = [
      publishBytes({ topic: 'a\0b', properties: [] }),
      packet('subscribe', [u16(1), properties(), text('a/\0'), byte(0)]),
      packet('unsubscribe', [u16(1), properties(), text('\0')]),
    ];
    for (const bytes of bodies) {
      const client = await connect();
      client.send(bytes);
      await client.disconnectedWith(0x81);
    }
  },
);

overTransports(
  'takes a Topic Name and a filter of 65,535 bytes, of many-byte characters too [MQTT-4.7.3-3]',
  async ({ connect, topic }) => {
    const head = `${topic()}/`;
    const ascii = head + 'x'.repeat(65_535 - head.length);
    const wide = head + '温'.repeat(Math.floor((65_535 - head.length) / 3));
    const subscriber = await connect();
    const publisher = await connect();
    for (const name of [ascii, wide]) {
      expect((await subscriber.subscribe(name, 1)).granted).toEqual([1]);
      await publisher.publish(name, 'x', 1);
      expect((await subscriber.receive()).topic).toBe(name);
    }
  },
);

const distinct: [what: string, one: string, other: string][] = [
  ['composed and decomposed characters', 'ä', 'a\u0308'],
  ['case', 'Sensor', 'sensor'],
  ['a full-width letter', 'a', 'ａ'],
  ['a trailing slash', 'a/', 'a'],
  ['a double slash', 'a//b', 'a/b'],
  ['dots', 'a/./b', 'a/b'],
  ['dots upwards', 'a/b', 'a/x/../b'],
  ['a space', 'a ', 'a'],
  ['U+FEFF', '\ufeffa', 'a'],
  ['a control character', 'a\u0007', 'a'],
  ['a non-character', 'a\uffff', 'a'],
  ['percent signs', 'a%2Fb', 'a/b'],
];

overTransports.each(distinct)(
  'changes nothing in topics and filters when it matches: %s [MQTT-4.7.3-4]',
  async ({ connect, topic }, _, one, other) => {
    const subscriber = await connect();
    await subscriber.subscribe(topic(one), 1, { properties: { subscriptionIdentifier: 1 } });
    const publisher = await connect();
    await publisher.publish(topic(other), 'other', 1);
    await publisher.publish(topic(one), 'one', 1);
    const message = await subscriber.receive();
    expect(message.topic).toBe(topic(one));
    await subscriber.subscribe(topic(other), 1, { properties: { subscriptionIdentifier: 2 } });
    await publisher.publish(topic(other), 'other', 1);
    expect((await subscriber.receive()).properties?.subscriptionIdentifier).toBe(2);
    expect((await subscriber.unsubscribe(topic(other))).granted).toEqual([0]);
    expect(await messagesBefore(subscriber, publisher, topic(one), 1)).toEqual([]);
  },
);
