import { describe, expect, test } from 'vitest';
import { cutOff, goAway } from '../conformance/support/sessions.ts';
import { codesOf, connected, staying, type ConnectOptions } from '../support/mqtt-clients.ts';
import { freshId, useStage } from '../support/stage.ts';

const sessions: [kind: string, seconds: number][] = [
  ['ordinary', 0],
  ['persistent', 300],
];

describe('limits.maxSubscriptions', () => {
  const stage = useStage({ config: { limits: { maxSubscriptions: 3 } } });

  test.each([
    [5, 0x97],
    [4, 0x80],
  ] as const)(
    'refuses one more, version %i, and neither one again nor one in place of another',
    async (version, code) => {
      const device = await connected(stage.gateway, { version });
      expect((await device.subscribe(['a', 'b/#', 'c', 'd'], 1)).granted).toEqual([1, 1, 1, code]);
      expect((await device.subscribe(['b/#', 'e'], 2)).granted).toEqual([2, code]);
      await device.unsubscribe(['a', 'a']);
      expect((await device.subscribe(['e', 'f'], 0)).granted).toEqual([0, code]);
    },
  );

  test('holds for a session over its connections', async () => {
    const id = freshId('full');
    const device = await connected(stage.gateway, staying(id));
    await device.subscribe(['a', '$share/g/b', 'c'], 1);
    await goAway(stage, device);
    const again = await connected(stage.gateway, staying(id));
    expect((await again.subscribe(['d', 'c'], 1)).granted).toEqual([0x97, 1]);
    await again.unsubscribe('$share/g/b');
    expect((await again.subscribe('d', 1)).granted).toEqual([1]);
  });
});

describe('limits.maxInflightDown', () => {
  const stage = useStage({ config: { limits: { maxInflightDown: 2 } } });
  const payloads = ['1', '2', '3', '4', '5'];

  test.each(
    sessions.flatMap(([kind, seconds]) => ([1, 2] as const).map((qos) => [kind, qos, seconds] as const)),
  )(
    'is the most that may be unacknowledged, though the device would take more (%s session, QoS %i)',
    async (_, qos, seconds) => {
      const device = await connected(stage.gateway, staying(freshId('device'), seconds));
      await device.subscribe(device.clientId, 2);
      await codesOf(await connected(stage.gateway), device.clientId, payloads, qos);
      const unacknowledged = [await device.expect('publish'), await device.expect('publish')];
      await device.nothingMore();
      for (const message of unacknowledged) await device.accept(message);
      expect(await device.receivePayloads(3)).toEqual(payloads.slice(2));
    },
  );

  test.each(sessions)('a smaller Receive Maximum counts (%s session) [MQTT-3.3.4-9]', async (_, seconds) => {
    const clientId = freshId('device');
    const device = await connected(stage.gateway, {
      ...{ clientId, clean: false },
      properties: { sessionExpiryInterval: seconds, receiveMaximum: 1 },
    });
    await device.subscribe(device.clientId, 1);
    await codesOf(await connected(stage.gateway), device.clientId, payloads, 1);
    const first = await device.expect('publish');
    await device.nothingMore();
    await device.accept(first);
    expect(await device.receivePayloads(4)).toEqual(payloads.slice(1));
  });

  test('a 3.1.1 device, which names no maximum, has ours', async () => {
    const device = await connected(stage.gateway, { version: 4 });
    await device.subscribe(device.clientId, 1);
    await codesOf(await connected(stage.gateway), device.clientId, payloads, 1);
    const unacknowledged = [await device.expect('publish'), await device.expect('publish')];
    await device.nothingMore();
    for (const message of unacknowledged) await device.accept(message);
    expect(await device.receivePayloads(3)).toEqual(payloads.slice(2));
  });

  test('PUBRELs carried over from an earlier connection leave the window to new messages', async () => {
    const id = freshId('device');
    const connect: ConnectOptions = staying(id);
    const device = await connected(stage.gateway, connect);
    await device.subscribe(id, 2);
    await codesOf(await connected(stage.gateway), id, payloads, 2);
    const begun = [await device.expect('publish'), await device.expect('publish')];
    for (const { messageId = 0 } of begun) {
      device.send({ cmd: 'pubrec', messageId });
      await device.expect('pubrel');
    }
    await cutOff(stage, device);
    const again = await connected(stage.gateway, connect);
    for (const { messageId } of begun) expect((await again.expect('pubrel')).messageId).toBe(messageId);
    const [third, fourth] = [await again.expect('publish'), await again.expect('publish')];
    expect([third, fourth].map(({ payload, dup }) => [String(payload), dup])).toEqual([
      ['3', false],
      ['4', false],
    ]);
    await again.nothingMore();
    for (const { messageId = 0 } of begun) again.send({ cmd: 'pubcomp', messageId });
    await again.nothingMore();
    await again.accept(third);
    expect(await again.receivePayloads(1)).toEqual(['5']);
  });
});

describe('limits.maxTopicAliasesDown', () => {
  const stage = useStage({ config: { limits: { maxTopicAliasesDown: 2 } } });

  test.each([
    [10, 2],
    [1, 1],
    [0, 0],
    [undefined, 0],
  ])(
    'with a Topic Alias Maximum of %s, %i topics get one [MQTT-3.1.2-26] [MQTT-3.1.2-27]',
    async (maximum, aliases) => {
      const properties = maximum === undefined ? {} : { topicAliasMaximum: maximum };
      const device = await connected(stage.gateway, { properties });
      const base = freshId('topic');
      await device.subscribe(`${base}/+`, 1);
      const publisher = await connected(stage.gateway);
      const topics = [1, 2, 3, 1, 2, 3].map((n) => `${base}/${n}`);
      for (const topic of topics) await publisher.publish(topic, topic, 1);
      const known = new Map<number, string>();
      for (const expected of topics) {
        const { topic, properties: received } = await device.receive();
        const alias = received?.topicAlias;
        if (alias === undefined) expect(topic).toBe(expected);
        else if (topic === '') expect(known.get(alias)).toBe(expected);
        else known.set(alias, topic);
      }
      expect([...known.keys()]).toEqual([1, 2].slice(0, aliases));
    },
  );
});
