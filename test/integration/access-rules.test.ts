import { describe, expect, test } from 'vitest';
import { Client, codeOf } from '../conformance/support/client.ts';
import { messagesBefore } from '../conformance/support/marker.ts';
import { goAway } from '../conformance/support/sessions.ts';
import { connected, staying } from '../support/mqtt-clients.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, publishPacket } from '../support/raw-mqtt.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { uplinkOf } from '../support/streams.ts';

const notAuthorized = 0x87;
const unspecified = 0x80;
const payloadsOf = async (stage: Stage, clientId: string): Promise<string[]> =>
  (await uplinkOf(stage.redis.client, clientId)).map(({ payload }) => payload.toString());

describe('access.denySubscribe', () => {
  const stage = useStage({ config: { access: { denySubscribe: ['secret/#', 'exact', 'a/+/private'] } } });
  const denied = ['secret/#', 'secret', 'secret/a', 'secret/+', 'exact', 'a/b/private', '$share/g/secret/a'];
  const allowed = ['#', 'a/+/+', 'secretive', 'exact/more'];

  test('refuses filters that ask for nothing else, and grants the others', async () => {
    const device = await connected(stage.gateway);
    const { granted } = await device.subscribe([...denied, ...allowed], 1);
    expect(granted).toEqual([...denied.map(() => notAuthorized), ...allowed.map(() => 1)]);
    const old = await connected(stage.gateway, { version: 4 });
    expect((await old.subscribe([...denied, ...allowed], 1)).granted).toEqual([
      ...denied.map(() => unspecified),
      ...allowed.map(() => 1),
    ]);
    const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId('plain'));
    plain.send({ type: 'subscribe', id: 1, topics: [{ filter: 'secret/a' }, { filter: 'open' }] });
    expect((await plain.take('subscribed'))['granted']).toEqual(['not-authorized', 1]);
    await plain.leave();
  });

  test('keeps such topics from wider filters too, live, shared, queued and retained; the stream has them', async () => {
    const away = freshId('away');
    const persistent = await connected(stage.gateway, staying(away));
    await persistent.subscribe('#', 1);
    await goAway(stage, persistent);
    const here = await connected(stage.gateway);
    await here.subscribe('#', 1);
    const member = await connected(stage.gateway);
    await member.subscribe('$share/g/#', 1);
    const publisher = await connected(stage.gateway);
    for (const topic of ['secret', 'secret/a/b', 'exact', 'a/b/private'])
      await publisher.publish(topic, topic, 1, { retain: true });
    expect(await messagesBefore(here, publisher, 'open', 1)).toEqual([]);
    expect(await messagesBefore(member, publisher, 'open', 1)).toHaveLength(1); // the marker before
    const later = await connected(stage.gateway);
    await later.subscribe('#', 1);
    expect(await messagesBefore(later, publisher, 'open/too', 1)).toEqual([]);
    const back = await connected(stage.gateway, staying(away));
    expect((await back.receivePayloads(3)).every((payload) => payload.startsWith('marker'))).toBe(true);
    await back.nothingMore();
    expect((await payloadsOf(stage, publisher.clientId)).slice(0, 4)).toEqual([
      'secret',
      'secret/a/b',
      'exact',
      'a/b/private',
    ]);
  });
});

describe('access.refusal unspecified', () => {
  const access = { denySubscribe: ['secret/#'], refusal: 'unspecified' };
  const stage = useStage({ config: { access } });

  test('does not tell MQTT 5 why a filter is refused', async () => {
    const device = await connected(stage.gateway);
    const { granted, properties } = await device.subscribe(['secret/a', 'open', 'bad#'], 1);
    expect(granted).toEqual([unspecified, 1, 0x8f]);
    expect(JSON.stringify(properties ?? {})).not.toMatch(/authori|allowed|denied/i);
  });

  test('is told in words where reasons are given, and in none where none are wanted', async () => {
    const terse = await connected(stage.gateway, { properties: { requestProblemInformation: false } });
    const { properties } = await terse.subscribe('secret/a', 1);
    expect(properties?.reasonString).toBeUndefined();
  });
});

describe('access.denyPublish', () => {
  const stage = useStage({ config: { access: { denyPublish: ['closed/#', 'exact'] } } });

  test.each([1, 2] as const)(
    'refuses the message on MQTT 5 at QoS %i, its packet id is usable again, and the connection goes on [MQTT-3.3.5-2]',
    async (qos) => {
      const device = await connected(stage.gateway);
      for (const topic of ['closed/a', 'closed', 'exact']) {
        device.send(publishPacket(topic, 'refused', qos, 5));
        const answer = await device.expect(qos === 1 ? 'puback' : 'pubrec');
        expect([answer.messageId, answer.reasonCode]).toEqual([5, notAuthorized]);
      }
      device.send(publishPacket('open', 'taken', qos, 5));
      expect((await device.expect(qos === 1 ? 'puback' : 'pubrec')).reasonCode ?? 0).toBe(0);
      expect(await payloadsOf(stage, device.clientId)).toEqual(['taken']);
    },
  );

  test('drops it at QoS 0, and counts it', async () => {
    for (const version of [4, 5] as const) {
      const before = await stage.gateway.metric('tributary_messages_denied_total');
      const device = await connected(stage.gateway, { version });
      await device.publish('closed/a', 'dropped', 0, { retain: true });
      await device.publish('open', 'taken', 1);
      expect(await payloadsOf(stage, device.clientId)).toEqual(['taken']);
      expect(await stage.gateway.metric('tributary_messages_denied_total')).toBe(before + 1);
    }
    const subscriber = await connected(stage.gateway);
    await subscriber.subscribe('closed/#', 0);
    await subscriber.nothingMore();
  });

  test.each([1, 2] as const)(
    'ends a 3.1.1 connection at QoS %i, which has no other way [MQTT-3.3.5-2]',
    async (qos) => {
      const device = await connected(stage.gateway, { version: 4 });
      device.send(publishPacket('closed/a', 'refused', qos, 1));
      await device.closedSilently();
      expect(await payloadsOf(stage, device.clientId)).toEqual([]);
    },
  );

  test('holds for a topic behind an alias', async () => {
    const device = await connected(stage.gateway);
    const alias = { properties: { topicAlias: 1 } };
    device.send(publishPacket('closed/a', 'refused', 1, 1, alias));
    expect((await device.expect('puback')).reasonCode).toBe(notAuthorized);
    device.send(publishPacket('', 'refused', 1, 2, alias));
    expect((await device.expect('puback')).reasonCode).toBe(notAuthorized);
    expect(await payloadsOf(stage, device.clientId)).toEqual([]);
  });

  test.each([
    [5, notAuthorized],
    [4, 5],
  ] as const)('refuses a CONNECT of version %i whose will it forbids', async (version, code) => {
    const client = await Client.open(stage.gateway, 'tcp', version);
    const will = { topic: 'closed/will', payload: Buffer.from('x'), qos: 0 as const, retain: false };
    client.send(connectPacket(freshId(), version, { will }));
    expect(codeOf(await client.expect('connack'))).toBe(code);
    await client.closedSilently();
  });

  test('refuses a plain device its message, and its connection goes on', async () => {
    const id = freshId('plain');
    const device = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id);
    device.send({ type: 'publish', id: 1, topic: 'closed/a', payload: 'refused', retain: true });
    expect(await device.take('error')).toMatchObject({ id: 1, code: 'not-authorized' });
    device.send({ type: 'publish', id: 2, topic: 'open', payload: 'taken' });
    await device.take('ack', (frame) => frame['id'] === 2);
    expect(await payloadsOf(stage, id)).toEqual(['taken']);
    await device.leave();
  });

  test('holds for what is published and not for what is subscribed to', async () => {
    const device = await connected(stage.gateway);
    expect((await device.subscribe(['closed/#', 'exact'], 1)).granted).toEqual([1, 1]);
  });
});
