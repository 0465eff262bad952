import { expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents, untilUplink, uplinkOf } from '../support/streams.ts';
import { promptMs, until } from '../support/until.ts';

// One message in ten seconds: the next would take a pause longer than a quarter of any keep-alive here.
const stage = useStage({
  config: {
    access: { denyPublish: ['closed/#'] },
    rates: {
      device: { messages: { rate: '6/m', burst: 2 } },
      maxPauseMs: 1000,
      refusals: { rate: '1/h', burst: 4 },
    },
  },
});

async function connected(id: string, version: Version = 5, keepalive = 8): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), version);
  await device.connect(id, { keepalive });
  return device;
}

test.each([8, 0])(
  'MQTT 5 is told of a message above its rate, with 0x97 in words: keep-alive %i s',
  async (keepalive) => {
    const id = freshId();
    const device = await connected(id, 5, keepalive);
    device.send(
      publishPacket('t', 'a', 1, 1),
      publishPacket('t', 'b', 2, 2),
      publishPacket('t', 'c', 1, 3),
      publishPacket('t', 'd', 2, 4),
    );
    const refused = await device.take('puback', ({ messageId }) => messageId === 3);
    expect(refused.reasonCode).toBe(0x97);
    expect(refused.properties?.reasonString).toBe(
      'faster than its limit: rates.device.messages is 6/m, burst 2',
    );
    expect((await device.take('pubrec', ({ messageId }) => messageId === 4)).reasonCode).toBe(0x97);
    // Of one QoS they come in the order of their messages [MQTT-4.6.0-2, -3].
    for (const [kind, ids] of [
      ['puback', [1, 3]],
      ['pubrec', [2, 4]],
    ] as const) {
      const answers = device.packets.filter(({ cmd }) => cmd === kind);
      expect(answers.map(({ messageId }) => messageId)).toEqual(ids);
    }
    // A refused QoS 2 exchange is over: there is no PUBREL to come, and the id is free.
    device.send({ cmd: 'pubrel', messageId: 4, reasonCode: 0 });
    expect((await device.take('pubcomp')).reasonCode).toBe(0x92);
    // One that was taken is not asked for again: its repetition is answered, not counted.
    device.send(publishPacket('t', 'b', 2, 2, { dup: true }));
    expect(
      (await device.take('pubrec', ({ messageId, reasonCode }) => messageId === 2 && reasonCode === 0))
        .messageId,
    ).toBe(2);
    expect((await uplinkOf(stage.redis.client, id)).map(({ payload }) => String(payload))).toEqual([
      'a',
      'b',
    ]);
    await device.leave();
  },
);

test('at QoS 0 it is dropped and counted, and its number shows as a gap', async () => {
  const id = freshId();
  const before = await stage.gateway.metric('tributary_messages_dropped_total', { reason: 'rate-exceeded' });
  const device = await connected(id, 4);
  for (const payload of ['a', 'b', 'c', 'd']) device.send(publishPacket('t', payload, 0));
  device.send({ cmd: 'pingreq' });
  await device.take('pingresp');
  expect(await stage.gateway.metric('tributary_messages_dropped_total', { reason: 'rate-exceeded' })).toBe(
    before + 2,
  );
  await device.leave();
  const [, gone] = await untilEvents(stage.redis.client, id, 2);
  expect(gone!.fields).toMatchObject({ reason: 'normal', dropped: '2', lastSeq: '4' });
  expect(await untilUplink(stage.redis.client, id, 2)).toHaveLength(2);
});

test.each([1, 2] as const)('3.1.1 has no word for it: at QoS %i the connection ends', async (qos) => {
  const id = freshId();
  const device = await connected(id, 4);
  device.send(...['a', 'b', 'c'].map((payload, i) => publishPacket('t', payload, qos, i + 1)));
  await device.end();
  const [, gone] = await untilEvents(stage.redis.client, id, 2);
  expect(gone!.fields).toMatchObject({ reason: 'rate-exceeded', by: 'gateway' });
  // The event has another way to Redis than the messages.
  const stored = await untilUplink(stage.redis.client, id, 2);
  expect(stored.map(({ payload }) => String(payload))).toEqual(['a', 'b']);
});

test('who goes on after refusals is closed with 0x96', async () => {
  const device = await connected(freshId());
  for (let n = 1; n <= 2; n++) device.send(publishPacket('t', 'x', 1, n));
  await device.take('puback', ({ messageId }) => messageId === 2);
  for (let n = 3; n <= 7; n++) device.send(publishPacket('t', 'x', 1, n));
  const { disconnect } = await device.end();
  expect(disconnect?.reasonCode).toBe(0x96);
  expect(
    device.packets.filter((packet) => packet.cmd === 'puback' && packet.reasonCode === 0x97),
  ).toHaveLength(4);
});

test('a plain device is told by an error frame, and closed when it goes on', async () => {
  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), freshId(), { keepAlive: 8 });
  for (let id = 1; id <= 3; id++) plain.send({ type: 'publish', id, topic: 't', payload: 'x' });
  expect(await plain.take('error')).toEqual({
    type: 'error',
    id: 3,
    code: 'rate-exceeded',
    message: 'not stored, as it is faster than its limit: rates.device.messages is 6/m, burst 2',
  });
  for (let id = 4; id <= 7; id++) plain.send({ type: 'publish', id, topic: 't', payload: 'x' });
  expect(await plain.take('bye')).toMatchObject({ reason: 'rate-exceeded', retry: 'later' });
  expect(await plain.end()).toBe(1008);
});

test('messages that are refused for their topic count too', async () => {
  const device = await connected(freshId());
  for (let n = 1; n <= 7; n++) device.send(publishPacket('closed/x', 'x', 1, n));
  const { disconnect } = await device.end();
  expect(disconnect?.reasonCode).toBe(0x96);
  const denied = device.packets.filter((packet) => packet.cmd === 'puback' && packet.reasonCode === 0x87);
  expect(denied).toHaveLength(6);
});

// The last: the node goes on with other rates.
test('other rates hold for a device that is connected, as soon as the configuration changes', async () => {
  const device = await connected(freshId());
  let messageId = 0;
  const answer = async (): Promise<number | undefined> => {
    const n = ++messageId;
    device.send(publishPacket('t', 'x', 1, n));
    return (await device.take('puback', (packet) => packet.messageId === n)).reasonCode;
  };
  expect([await answer(), await answer(), await answer()]).toEqual([0, 0, 0x97]);
  stage.gateway.rewrite({ rates: { device: { messages: { rate: '1000/s' } } } });
  const changedMs = performance.now();
  await until('the change to be applied', () =>
    stage.gateway.log().some(({ msg }) => msg === 'the configuration changed'),
  );
  expect(performance.now() - changedMs).toBeLessThan(promptMs);
  const answers = await Promise.all(Array.from({ length: 20 }, answer));
  expect(new Set(answers)).toEqual(new Set([0]));
  await device.leave();
});
