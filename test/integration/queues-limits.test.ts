import { beforeAll, describe, expect, test } from 'vitest';
import { Client, type Qos } from '../conformance/support/client.ts';
import { untilTime } from '../conformance/support/clock.ts';
import { messagesBefore } from '../conformance/support/marker.ts';
import { goAway } from '../conformance/support/sessions.ts';
import { codesOf, connected, staying } from '../support/mqtt-clients.ts';
import { publishPacket, type Version } from '../support/raw-mqtt.ts';
import { freshId, useStage, type Stage } from '../support/stage.ts';
import { keys, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const quotaExceeded = 0x97;
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n + 1}`);

/** A session that is away and subscribes to a topic of its own, and who publishes to it. */
async function awayFrom(stage: Stage, version: Version = 5): Promise<Away> {
  const clientId = freshId('away');
  const topic = `q/${clientId}`;
  const device = await connected(stage.gateway, staying(clientId, 300, version));
  await device.subscribe(topic, 2);
  await goAway(stage, device);
  return { clientId, topic, version, publisher: await connected(stage.gateway) };
}
interface Away {
  readonly clientId: string;
  readonly topic: string;
  readonly version: Version;
  readonly publisher: Client;
}

/** What is there for the device when it comes back. */
async function onReturn(stage: Stage, { clientId, topic, version, publisher }: Away): Promise<string[]> {
  const device = await connected(stage.gateway, staying(clientId, 300, version));
  expect(device.connack.sessionPresent).toBe(true);
  // The queue is emptied before the marker needs room in it.
  const length = (): Promise<number> =>
    stage.redis.client.xlen(keys.queue(keys.partitionOf(clientId), clientId));
  const payloads = await device.receivePayloads(await length());
  await until('an empty queue', async () => (await length()) === 0);
  expect(await messagesBefore(device, publisher, topic, 1)).toEqual([]);
  return payloads;
}

const counted = (stage: Stage, name: string): Promise<number> =>
  stage.gateway.metric(`tributary_${name}_total`);

/** A payload with which three messages of a topic of 20 bytes do not fit into 1,024 bytes, and two do. */
const third = (text: string): string => text.padEnd(340, '.');

describe.each([
  ['messages', { maxMessages: 2 }, (text: string) => text],
  ['bytes', { maxBytes: 1024 }, third],
])('a queue that is full by number of %s', (_, limit, payloadOf) => {
  const payloads = numbered(5).map(payloadOf);

  describe('with policy drop-oldest', () => {
    const stage = useStage({ config: { queues: { ...limit, policy: 'drop-oldest' } } });

    test.each([1, 2] as const)(
      'keeps the newest, counts the others, and tells nobody (QoS %i)',
      async (qos) => {
        const away = await awayFrom(stage);
        const before = await counted(stage, 'queue_dropped');
        expect(await codesOf(away.publisher, away.topic, payloads, qos)).toEqual([0, 0, 0, 0, 0]);
        expect(await counted(stage, 'queue_dropped')).toBe(before + 3);
        const session = keys.session(keys.partitionOf(away.clientId), away.clientId);
        expect(await stage.redis.client.hget(session, 'qdropped')).toBe('3');
        expect(await onReturn(stage, away)).toEqual(payloads.slice(3));
      },
    );
  });

  describe('with policy reject', () => {
    const stage = useStage({ config: { queues: { ...limit, policy: 'reject' } } });

    test.each([1, 2] as const)(
      'keeps the oldest, counts the others, and tells their publisher (QoS %i)',
      async (qos) => {
        const away = await awayFrom(stage);
        const before = await counted(stage, 'queue_rejected');
        const codes = await codesOf(away.publisher, away.topic, payloads, qos);
        expect(codes).toEqual([0, 0, quotaExceeded, quotaExceeded, quotaExceeded]);
        expect(await counted(stage, 'queue_rejected')).toBe(before + 3);
        // The stream has them all the same: the refusal is that of a subscriber.
        const entries = await uplinkOf(stage.redis.client, away.publisher.clientId);
        expect(entries.map(({ payload }) => payload.toString())).toEqual(payloads);
        expect(await onReturn(stage, away)).toEqual(payloads.slice(0, 2));
      },
    );

    test('a 3.1.1 publisher, which cannot be told, gets its acknowledgements', async () => {
      const away = await awayFrom(stage, 4);
      const publisher = await connected(stage.gateway, { version: 4 });
      for (const qos of [1, 2] as const) {
        expect(await codesOf(publisher, away.topic, payloads, qos)).toEqual([0, 0, 0, 0, 0]);
      }
      expect(await onReturn(stage, away)).toEqual(payloads.slice(0, 2));
    });
  });
});

describe('a publisher that is refused', () => {
  const stage = useStage({ config: { queues: { maxMessages: 1, policy: 'reject' } } });
  const words = expect.stringContaining('no room') as string;
  let away: Away;
  beforeAll(async () => {
    const clientId = freshId('full');
    const topic = `q/${clientId}`;
    const device = await connectedForAll(stage, clientId);
    await device.subscribe(topic, 2);
    await goAway(stage, device);
    const publisher = await connectedForAll(stage, freshId());
    await publisher.publish(topic, 'first', 1);
    away = { clientId, topic, version: 5, publisher };
  });

  const answerTo = async (publisher: Client, qos: Exclude<Qos, 0>, messageId: number, payload = 'x') => {
    publisher.send(publishPacket(away.topic, payload, qos, messageId));
    const { reasonCode, properties } = await publisher.expect(qos === 1 ? 'puback' : 'pubrec');
    return [reasonCode, properties?.reasonString];
  };

  test('is told why in words, unless it wants none [MQTT-3.1.2-29]', async () => {
    const wordy = await connected(stage.gateway);
    const terse = await connected(stage.gateway, { properties: { requestProblemInformation: false } });
    for (const qos of [1, 2] as const) {
      expect(await answerTo(wordy, qos, 1)).toEqual([quotaExceeded, words]);
      expect(await answerTo(terse, qos, 1)).toEqual([quotaExceeded, undefined]);
    }
  });

  test('may use the packet id again at once, at QoS 2 without PUBREL (MQTT 5 section 4.3.3)', async () => {
    const publisher = await connected(stage.gateway);
    for (const payload of ['a', 'b', 'c'])
      expect(await answerTo(publisher, 2, 7, payload)).toEqual([quotaExceeded, words]);
    publisher.send({ cmd: 'pubrel', messageId: 7 });
    expect((await publisher.expect('pubcomp')).reasonCode).toBe(0x92);
    const entries = await uplinkOf(stage.redis.client, publisher.clientId);
    expect(entries.map(({ payload }) => payload.toString())).toEqual(['a', 'b', 'c']);
  });

  test('has its whole Receive Maximum left afterwards', async () => {
    const publisher = await connected(stage.gateway);
    const window = publisher.connack.properties?.receiveMaximum ?? 0;
    for (let round = 0; round < 3; round++) {
      for (let id = 1; id <= window; id++) publisher.send(publishPacket(away.topic, 'x', 2, id));
      for (let id = 1; id <= window; id++)
        expect(await publisher.expect('pubrec')).toMatchObject({ messageId: id, reasonCode: quotaExceeded });
    }
  });

  test('is refused though others get the message, who have room', async () => {
    const publisher = await connected(stage.gateway);
    const other = await connected(stage.gateway);
    await other.subscribe(away.topic, 1);
    expect(await answerTo(publisher, 1, 1, 'for the other')).toEqual([quotaExceeded, words]);
    expect(String((await other.receive()).payload)).toBe('for the other');
  });

  test('at QoS 0 is told nothing, and the queue is not asked', async () => {
    const before = await counted(stage, 'queue_rejected');
    const publisher = await connected(stage.gateway);
    await publisher.publish(away.topic, 'x', 0);
    expect(await counted(stage, 'queue_rejected')).toBe(before);
  });
});

async function connectedForAll(stage: Stage, clientId: string): Promise<Client> {
  const client = await Client.open(stage.gateway, 'tcp', 5);
  await client.greet(clientId, { clean: false, properties: { sessionExpiryInterval: 300 } });
  return client;
}

describe.each(['drop-oldest', 'reject'] as const)('one message above all bytes (%s)', (policy) => {
  const stage = useStage({ config: { queues: { maxBytes: 1024, policy } } });

  test('is refused, and drives out nothing', async () => {
    const away = await awayFrom(stage);
    const codes = await codesOf(away.publisher, away.topic, ['a', 'x'.repeat(1024), 'b'], 1);
    expect(codes).toEqual([0, quotaExceeded, 0]);
    expect(await onReturn(stage, away)).toEqual(['a', 'b']);
  });
});

describe('a queue keeps messages for a time', () => {
  const stage = useStage({ config: { queues: { maxAgeSeconds: 3 } } });

  test('what is older on return is not delivered any more, and counted', async () => {
    const away = await awayFrom(stage);
    await codesOf(away.publisher, away.topic, ['old', 'old too'], 1);
    await untilTime(Date.now() + 3100);
    await codesOf(away.publisher, away.topic, ['new'], 1);
    const device = await connected(stage.gateway, staying(away.clientId));
    expect(await device.receivePayloads(1)).toEqual(['new']);
    expect(await messagesBefore(device, away.publisher, away.topic, 1)).toEqual([]);
    expect(await stage.gateway.metric('tributary_messages_undelivered_total', { reason: 'too-old' })).toBe(2);
    const queue = keys.queue(keys.partitionOf(away.clientId), away.clientId);
    await device.nothingMore();
    expect(await stage.redis.client.xlen(queue)).toBeLessThanOrEqual(1);
  });
});

describe('a device that is connected and does not acknowledge', () => {
  const stage = useStage({ config: { queues: { maxMessages: 5, policy: 'drop-oldest' } } });

  test.each([
    ['ordinary', 0],
    ['persistent', 300],
  ])('has a queue like any other (%s session)', async (_, expiry) => {
    const clientId = freshId('silent');
    const topic = `q/${clientId}`;
    const device = await connected(stage.gateway, {
      clientId,
      properties: { sessionExpiryInterval: expiry, receiveMaximum: 1 },
    });
    await device.subscribe(topic, 1);
    const publisher = await connected(stage.gateway);
    expect(await codesOf(publisher, topic, numbered(20), 1)).toEqual(Array.from({ length: 20 }, () => 0));
    const first = await device.expect('publish');
    expect(String(first.payload)).toBe('m1');
    await device.nothingMore();
    device.send({ cmd: 'puback', messageId: first.messageId ?? 0 });
    const rest = await device.receivePayloads(5);
    expect(rest).toEqual(numbered(20).slice(-5));
  });
});
