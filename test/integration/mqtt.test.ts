import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, untilUplink, uplinkOf, type UplinkEntry } from '../support/streams.ts';

const stage = useStage();

type Transport = 'tcp' | 'ws';
const combinations = (['tcp', 'ws'] as const).flatMap((transport) =>
  ([4, 5] as const).flatMap((version) => ([0, 1, 2] as const).map((qos) => ({ transport, version, qos }))),
);

const connect = (transport: Transport, options: IClientOptions): Promise<MqttClient> =>
  connectAsync(transport === 'tcp' ? stage.gateway.mqttUrl : stage.gateway.wsUrl('/mqtt'), {
    reconnectPeriod: 0,
    ...options,
  });

/** Entries without the repetitions QoS 1 is allowed. */
const firstOfEach = (entries: readonly UplinkEntry[]): UplinkEntry[] => {
  const seen = new Set<string>();
  return entries.filter(({ epoch, seq }) => {
    const identity = `${epoch}/${seq}`;
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
};

test.each(combinations)(
  'MQTT.js over $transport, protocol level $version, QoS $qos: every acknowledged message is in the stream, in order',
  async ({ transport, version, qos }) => {
    const clientId = freshId('mqttjs');
    const client = await connect(transport, { clientId, protocolVersion: version });
    const before = Date.now();
    const indexes = Array.from({ length: 60 }, (_, index) => index);
    await Promise.all(
      indexes.map((index) => client.publishAsync(`fleet/${index % 3}`, `message ${index}`, { qos })),
    );
    const acknowledged = await uplinkOf(stage.redis.client, clientId);
    if (qos > 0) expect(firstOfEach(acknowledged)).toHaveLength(60);
    const entries = await untilUplink(stage.redis.client, clientId, 60);
    await client.endAsync();

    if (qos !== 1) expect(entries).toHaveLength(60);
    const messages = firstOfEach(entries);
    expect(messages.map(({ payload }) => payload.toString())).toEqual(
      indexes.map((index) => `message ${index}`),
    );
    expect(messages.map(({ seq }) => seq)).toEqual(indexes.map((index) => index + 1));
    expect(new Set(messages.map(({ epoch }) => epoch)).size).toBe(1);
    for (const { names, topic, qos: stored, ts, seq } of messages) {
      expect(names.slice(0, 7)).toEqual(['device', 'epoch', 'seq', 'topic', 'qos', 'ts', 'payload']);
      expect(names).not.toContain('retain');
      expect(names).not.toContain('props');
      expect(topic).toBe(`fleet/${(seq - 1) % 3}`);
      expect(stored).toBe(qos);
      expect(ts).toBeGreaterThanOrEqual(before - 1000);
      expect(ts).toBeLessThanOrEqual(Date.now() + 1000);
    }
  },
);

test.each(['tcp', 'ws'] as const)(
  'keeps the order of a device across QoS 0, 1 and 2 over %s',
  async (transport) => {
    const clientId = freshId('mixed');
    const client = await connect(transport, { clientId, protocolVersion: 5 });
    const indexes = Array.from({ length: 90 }, (_, index) => index);
    await Promise.all(
      indexes.map((index) =>
        client.publishAsync('t', String(index), { qos: ((index * 7) % 3) as 0 | 1 | 2 }),
      ),
    );
    const entries = firstOfEach(await untilUplink(stage.redis.client, clientId, 90));
    await client.endAsync();
    expect(entries.map(({ payload }) => Number(payload.toString()))).toEqual(indexes);
  },
);

test('writes what MQTT 5 says about a message: retain, content type and the properties', async () => {
  const clientId = freshId('props');
  const client = await connect('tcp', { clientId, protocolVersion: 5 });
  await client.publishAsync('full', Buffer.from([0, 255, 13, 10, 128]), {
    qos: 2,
    retain: true,
    properties: {
      payloadFormatIndicator: false,
      messageExpiryInterval: 3600,
      contentType: 'application/octet-stream',
      responseTopic: 'reply/hier-ä',
      correlationData: Buffer.from([1, 2, 254]),
      userProperties: { unit: '°C', tag: ['a', 'b', 'a'] },
    },
  });
  await client.publishAsync('bare', '', { qos: 1 });
  const [full, bare] = await untilUplink(stage.redis.client, clientId, 2);
  await client.endAsync();

  expect(full?.payload).toEqual(Buffer.from([0, 255, 13, 10, 128]));
  expect(full?.fields).toMatchObject({ retain: '1', ctype: 'application/octet-stream' });
  expect(JSON.parse(full?.fields['props'] ?? '{}')).toEqual({
    payloadFormat: 0,
    messageExpiry: 3600,
    responseTopic: 'reply/hier-ä',
    correlationData: Buffer.from([1, 2, 254]).toString('base64'),
    user: [
      ['unit', '°C'],
      ['tag', 'a'],
      ['tag', 'b'],
      ['tag', 'a'],
    ],
  });
  expect(bare?.payload).toHaveLength(0);
  expect(bare?.names).not.toEqual(expect.arrayContaining(['retain']));
});

test.each([
  ['an empty payload', 't', 0],
  ['a payload of 1,000,000 bytes', 't', 1_000_000],
  ['a topic in many scripts', 'werk/größe/温度/🚀/$internal//', 10],
  ['a topic of 1,000 bytes', `a/${'x'.repeat(998)}`, 10],
  ['a topic of 32 levels', Array.from({ length: 32 }, (_, n) => n).join('/'), 10],
])('stores %s unchanged', async (_, topic, size) => {
  const clientId = freshId('shape');
  const payload = Buffer.alloc(size, 0xa5);
  for (const transport of ['tcp', 'ws'] as const) {
    const client = await connect(transport, { clientId, protocolVersion: 4 });
    await client.publishAsync(topic, payload, { qos: 1 });
    await client.endAsync();
  }
  const entries = await untilUplink(stage.redis.client, clientId, 2);
  expect(entries.map((entry) => entry.topic)).toEqual([topic, topic]);
  expect(entries.every((entry) => entry.payload.equals(payload))).toBe(true);
});

test('takes any UTF-8 client id, and files the device under its partition', async () => {
  const clientId = `gerät {p0}:up ${freshId('设备')}`;
  const client = await connect('ws', { clientId, protocolVersion: 5 });
  await client.publishAsync('t', 'x', { qos: 2 });
  await client.endAsync();
  expect(await untilUplink(stage.redis.client, clientId, 1)).toHaveLength(1);
  const events = await untilEvents(stage.redis.client, clientId, 2);
  expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
});

test('starts the sequence anew in each epoch', async () => {
  const clientId = freshId('epochs');
  for (let round = 0; round < 3; round++) {
    const client = await connect('tcp', { clientId, protocolVersion: 5 });
    await client.publishAsync('t', `round ${round}`, { qos: 1 });
    await client.publishAsync('t', `round ${round} again`, { qos: 1 });
    await client.endAsync();
  }
  const entries = await untilUplink(stage.redis.client, clientId, 6);
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 1, 2, 1, 2]);
  const epochs = [...new Set(entries.map(({ epoch }) => epoch))];
  expect(epochs).toHaveLength(3);
  expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
});

test('counts what came in, was stored and was acknowledged', async () => {
  const names = ['messages_in_total', 'messages_stored_total', 'acknowledgements_total'] as const;
  const read = async (): Promise<number[]> =>
    Promise.all(names.map((name) => stage.gateway.metric(`tributary_${name}`)));
  const before = await read();
  const client = await connect('tcp', { clientId: freshId('counted'), protocolVersion: 5 });
  for (let n = 0; n < 5; n++) await client.publishAsync('t', 'x', { qos: 1 });
  await client.endAsync();
  expect((await read()).map((value, i) => value - (before[i] ?? 0))).toEqual([5, 5, 5]);
});
