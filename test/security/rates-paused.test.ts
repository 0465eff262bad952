import { readTimeline } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { keys, throttledEventsOf, untilUplink, uplinkOf } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({
  config: {
    rates: {
      device: { messages: { rate: '40/s', burst: 20 } },
      replay: { device: { rate: '40/s', burst: 10 } },
      deviceOf: { bulk: { mode: 'observe', messages: { rate: '40/s', burst: 20 } } },
    },
    devices: { rules: [{ match: 'watched-*', class: 'bulk' }] },
  },
});

async function connected(id: string, version: Version = 5, keepalive = 60): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'), version);
  await device.connect(id, { keepalive });
  return device;
}

const burst = (count: number, qos: 0 | 1, from = 1): ReturnType<typeof publishPacket>[] =>
  Array.from({ length: count }, (_, i) =>
    publishPacket(`devices/x/${from + i}`, String(from + i), qos, qos === 0 ? undefined : from + i),
  );

/** As most clients do: so many messages unanswered, and the next for each answer. */
async function sendInWindows(device: RawMqtt, count: number, window: number): Promise<void> {
  device.send(...burst(window, 1));
  for (let n = 1; n <= count; n++) {
    await device.take('puback', ({ messageId }) => messageId === n);
    if (n + window <= count) device.send(...burst(1, 1, n + window));
  }
}

test('a device that floods is slowed to its rate: nothing of it is lost, nor of those beside it', async () => {
  const flooder = freshId('flooder');
  const device = await connected(flooder, 4, 2);
  const beganMs = performance.now();
  const sent = sendInWindows(device, 160, 8);

  const others = Array.from({ length: 10 }, () => freshId('quiet'));
  const quiet = await Promise.all(others.map((id) => connected(id)));
  const tookMs: number[] = [];
  for (let n = 1; n <= 10; n++) {
    const sentMs = performance.now();
    for (const each of quiet) each.send(publishPacket('devices/q', String(n), 1, n));
    await Promise.all(quiet.map((each) => each.take('puback', ({ messageId }) => messageId === n)));
    tookMs.push(performance.now() - sentMs);
  }
  // The machine may stand still in one of them or another.
  expect(tookMs.toSorted((a, b) => a - b)[5]).toBeLessThan(1000);

  await sent;
  // 140 above the burst at 40 a second: longer than its keep-alive would allow, were it not paused.
  const entries = await untilUplink(stage.redis.client, flooder, 160);
  expect(performance.now() - beganMs).toBeGreaterThan(3100);
  expect(entries.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
  // At QoS 0 nothing but TCP holds it back: 400 are ten seconds, and its PINGREQ stands behind them.
  device.send(...burst(400, 0), { cmd: 'pingreq' });
  await device.take('pingresp', undefined, 8000);
  expect(
    await stage.gateway.metric('tributary_messages_dropped_total', { reason: 'rate-exceeded' }),
  ).toBeGreaterThan(200);
  for (const id of others) expect(await uplinkOf(stage.redis.client, id)).toHaveLength(10);
  expect(
    await stage.gateway.metric('tributary_throttled_total', { scope: 'device', reason: 'message-rate' }),
  ).toBeGreaterThan(10);
  await Promise.all([device, ...quiet].map((each) => each.leave()));

  const [event, ...more] = await until('the event of the throttled device', async () => {
    const events = await throttledEventsOf(stage.redis.client, flooder);
    return events.length > 0 && events;
  });
  expect(more).toEqual([]);
  const facts = { rule: 'rates.device.messages', limit: '40/s, burst 20', scope: 'device' };
  expect(event!.fields).toMatchObject({ ...facts, reason: 'message-rate' });
  const lines = await readTimeline(stage.redis.client, keys, flooder, 10);
  const line = lines.find(({ fields }) => fields.get('kind') === 'throttled');
  expect(Object.fromEntries(line!.fields)).toMatchObject({ ...facts, epoch: String(event!.epoch) });
});

test('a plain device is slowed down as well, and told of all it sent', async () => {
  const id = freshId('plain');
  const plain = await PlainDevice.hello(stage.gateway.wsUrl('/ws'), id, { keepAlive: 5 });
  const beganMs = performance.now();
  for (let n = 1; n <= 50; n++) plain.send({ type: 'publish', id: n, topic: 't', payload: String(n) });
  await plain.take('ack', (frame) => frame['id'] === 50);
  expect(performance.now() - beganMs).toBeGreaterThan(700);
  const entries = await uplinkOf(stage.redis.client, id);
  expect(entries.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  await plain.leave();
});

test('a limit that only watches says what it would have done, and does nothing', async () => {
  const id = freshId('watched');
  const device = await connected(id);
  // Far more than a busy machine earns while it takes them.
  device.send(...burst(200, 1));
  await device.take('puback', ({ messageId }) => messageId === 200);
  expect(
    await stage.gateway.metric('tributary_would_throttle_total', { scope: 'device', reason: 'message-rate' }),
  ).toBeGreaterThan(10);
  const [event] = await until('the event', async () => {
    const events = await throttledEventsOf(stage.redis.client, id);
    return events.length > 0 && events;
  });
  expect(event!.fields).toMatchObject({ rule: 'rates.deviceOf.bulk.messages', observed: '1', refused: '0' });
  expect(Number(event!.fields['count'])).toBeGreaterThan(10);
  expect(await uplinkOf(stage.redis.client, id)).toHaveLength(200);
  await device.leave();
});

test('a session that comes back to a full queue is fed at a rate, in order, and what is new comes behind', async () => {
  const id = freshId('sleeper');
  const open = { clean: false, properties: { sessionExpiryInterval: 60 } };
  const first = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await first.connect(id, open);
  first.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `for/${id}`, qos: 1 }] });
  await first.take('suback');
  await first.leave();
  const publisher = await connected(freshId('watched'));
  const tell = (n: number): void => publisher.send(publishPacket(`for/${id}`, String(n), 1, n));
  for (let n = 1; n <= 40; n++) tell(n);
  await publisher.take('puback', ({ messageId }) => messageId === 40);

  const again = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  const beganMs = performance.now();
  expect((await again.connect(id, open)).sessionPresent).toBe(true);
  tell(41);
  const heard: number[] = [];
  while (heard.length < 41) {
    const { payload, messageId } = await again.take('publish');
    heard.push(Number(payload));
    again.send({ cmd: 'puback', messageId: messageId! });
  }
  expect(heard).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
  // Thirty above the burst at 40 a second.
  expect(performance.now() - beganMs).toBeGreaterThan(700);
  expect(await stage.gateway.metric('tributary_throttled_total', { reason: 'replay-rate' })).toBeGreaterThan(
    0,
  );
  await Promise.all([again.leave(), publisher.leave()]);
});
