import { expect, test } from 'vitest';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { freshId, useStage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const stage = useStage();

test('/healthz answers 200, /readyz says ready and why not', async () => {
  expect((await stage.gateway.ops('/healthz')).status).toBe(200);
  const ready = await stage.gateway.ops('/readyz');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true, reasons: [] });
});

test.each(['/', '/metricsx', '/healthz/..%2f', '/favicon.ico'])('answers %s with 404', async (path) => {
  expect((await stage.gateway.ops(path)).status).toBe(404);
});

test('refuses other methods', async () => {
  const port = stage.gateway.port('ops');
  const { status } = await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST', body: 'x' });
  expect([404, 405]).toContain(status);
});

test('P8: /metrics has every figure under its name, and no device id', async () => {
  const id = freshId('measured');
  const device = await RawMqtt.tcp(stage.gateway.port('mqtt'));
  await device.connect(id);
  device.send(publishPacket('secret/topic', 'x', 1, 1));
  await device.take('puback');
  const response = await stage.gateway.ops('/metrics');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  expect(text).not.toContain(id);
  expect(text).not.toContain('secret/topic');
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  expect(Object.fromEntries(types)).toMatchObject({
    tributary_connections: 'gauge',
    tributary_messages_in_total: 'counter',
    tributary_bytes_in_total: 'counter',
    tributary_messages_stored_total: 'counter',
    tributary_acknowledgements_total: 'counter',
    tributary_messages_dropped_total: 'counter',
    tributary_messages_unknown_total: 'counter',
    tributary_ack_latency_seconds: 'histogram',
    tributary_disconnects_total: 'counter',
    tributary_connects_refused_total: 'counter',
    tributary_uplink_queue_bytes: 'gauge',
    tributary_uplink_queue_messages: 'gauge',
    tributary_uplink_flushes_total: 'counter',
    tributary_paused_connections: 'gauge',
    tributary_outbox_bytes: 'gauge',
    tributary_store_up: 'gauge',
  });
  expect(types.has('tributary_event_loop_delay_seconds')).toBe(true);
  const labels = { listener: 'mqtt', protocol: 'mqtt5' };
  expect(await stage.gateway.metric('tributary_connections', labels)).toBe(1);
  expect(await stage.gateway.metric('tributary_messages_in_total', { qos: '1' })).toBe(1);
  expect(await stage.gateway.metric('tributary_ack_latency_seconds_count')).toBeGreaterThan(0);
  await device.leave();
});

test('writes its node record with a beat that rises', async () => {
  const { redis, gateway } = stage;
  const record = (): Promise<Record<string, string>> =>
    redis.client.hgetall(`tributary:{node:${gateway.node}}:record`);
  const first = await until('the record to say ready', async () => {
    const fields = await record();
    return fields['state'] === 'ready' ? fields : undefined;
  });
  expect(first).toMatchObject({ id: 'gw-1', durability: 'none' });
  expect(gateway.node).toBe(`gw-1.${first['incarnation']}`);
  await expect
    .poll(async () => Number((await record())['beat']), { timeout: 10_000 })
    .toBeGreaterThan(Number(first['beat']) + 1);
  const identity = JSON.parse((await redis.client.hget('tributary:nodes', gateway.node)) ?? '{}') as Record<
    string,
    unknown
  >;
  expect(identity).toMatchObject({
    id: 'gw-1',
    incarnation: first['incarnation'],
    pid: gateway.process.child.pid,
  });
  const listeners = JSON.parse(first['listeners'] ?? '[]') as { name: string; port: number }[];
  expect(listeners.find(({ name }) => name === 'mqtt')?.port).toBe(gateway.port('mqtt'));
});
