import { expect, test } from 'vitest';
import { PlainDevice } from '../support/plain.ts';
import { Load } from '../support/load.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { untilEvents } from '../support/streams.ts';
import { until } from '../support/until.ts';

const stage = useStage({ redis: { aof: true } });

async function refusedEverywhere(): Promise<void> {
  const v5 = await RawMqtt.tcp(stage.gateway.port('mqtt'), 5);
  expect(RawMqtt.codeOf(await v5.connect(freshId('refused')))).toBe(0x88);
  const v4 = await RawMqtt.tcp(stage.gateway.port('mqtt'), 4);
  expect(RawMqtt.codeOf(await v4.connect(freshId('refused')))).toBe(3);
  const plain = await PlainDevice.open(stage.gateway.wsUrl('/ws'));
  plain.send({ type: 'hello', clientId: freshId('refused') });
  expect(await plain.end()).toBe(1013);
  expect(plain.frames.at(-1)).toMatchObject({ type: 'bye', reason: 'store-unavailable', retry: 'later' });
  await Promise.all([v5.end(), v4.end()]);
}

test('P1, P2, P3: Redis killed and restarted under load, three times: nothing acknowledged is missing, QoS 2 is not doubled, order holds, sockets stay', async () => {
  const load = await Load.start(12, stage.gateway.port('mqtt'));
  for (let round = 0; round < 3; round++) {
    await load.progress(60);
    await stage.redis.kill();
    await stage.gateway.until(503);
    expect(await stage.gateway.metric('tributary_store_up')).toBe(0);
    await refusedEverywhere();
    const acknowledged = load.publishers.map((publisher) => publisher.acknowledged.length);
    const dropped = await stage.gateway.metric('tributary_messages_dropped_total', {
      reason: 'store-unavailable',
    });
    await until(
      'QoS 0 to be counted as dropped',
      async () =>
        (await stage.gateway.metric('tributary_messages_dropped_total', { reason: 'store-unavailable' })) >
        dropped + 20,
    );
    expect(load.publishers.map((publisher) => publisher.acknowledged.length)).toEqual(acknowledged);
    await stage.redis.start();
    await stage.gateway.until(200);
    expect(await stage.gateway.metric('tributary_store_up')).toBe(1);
  }
  await load.progress(60);
  await load.finish();

  const { stored, broken } = await load.verdict(stage.redis.client);
  expect(broken).toEqual([]);
  expect(load.publishers.map(({ lives }) => lives.length)).toEqual(load.publishers.map(() => 1));

  for (const { clientId, messages } of load.publishers) {
    const [, last] = await untilEvents(stage.redis.client, clientId, 2);
    const { dropped, unknown, messages: counted } = last?.fields ?? {};
    const qos0 = messages.filter(({ qos }) => qos === 0).length;
    const kept = (stored.get(clientId) ?? []).filter(({ qos }) => qos === 0).length;
    expect(Number(dropped)).toBeGreaterThan(0);
    expect(kept + Number(dropped)).toBeLessThanOrEqual(qos0);
    expect(kept + Number(dropped) + Number(unknown)).toBeGreaterThanOrEqual(qos0);
    expect(Number(counted)).toBe(messages.length);
  }
  expect(await stage.gateway.metric('tributary_uplink_queue_messages')).toBe(0);
  expect(await stage.gateway.metric('tributary_uplink_queue_bytes')).toBe(0);
}, 120_000);

test('says in /readyz why it is not ready, and logs going and coming once each', async () => {
  const before = stage.gateway.log().length;
  await stage.redis.kill();
  await stage.gateway.until(503);
  const { ready, reasons } = (await (await stage.gateway.ops('/readyz')).json()) as {
    ready: boolean;
    reasons: string[];
  };
  expect(ready).toBe(false);
  expect(reasons.length).toBeGreaterThan(0);
  expect((await stage.gateway.ops('/healthz')).status).toBe(200);
  await stage.redis.start();
  await stage.gateway.until(200);
  expect(await (await stage.gateway.ops('/readyz')).json()).toMatchObject({ ready: true, reasons: [] });
  expect(stage.gateway.log().length - before).toBeGreaterThan(0);
  expect(stage.gateway.log().length - before).toBeLessThan(40);
});

test('Redis that hangs and comes back: what was sent meanwhile is stored and acknowledged', async () => {
  const load = await Load.start(4, stage.gateway.port('mqtt'));
  await load.progress(20);
  stage.redis.pause();
  await stage.gateway.until(503);
  await refusedEverywhere();
  stage.redis.resume();
  await stage.gateway.until(200);
  await load.progress(60);
  await load.finish();
  expect((await load.verdict(stage.redis.client)).broken).toEqual([]);
  expect(load.publishers.map(({ lives }) => lives.length)).toEqual([1, 1, 1, 1]);
}, 90_000);
