import { setTimeout as wait } from 'node:timers/promises';
import { overloadSteps } from '@tributary/protocol';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Client, codeOf } from '../conformance/support/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { errorsOf } from '../support/stage.ts';
import { throttledEventsOf, uplinkOf } from '../support/streams.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** Redis answers so late when it is slow, and so late is too late, ms. */
const slowMs = 150;
const limitMs = 100;
/** Redis alone is to move the ladder: a machine that tests has a busy loop at any time. */
const limits = { redisLatencyMs: limitMs, loopDelayMs: 60_000 };

let redis: RedisServer;
let proxy: TcpProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await TcpProxy.start(Number(new URL(redis.url).port));
  gateway = await startGateway({
    redisUrl: proxy.url,
    config: {
      devices: {
        rules: [
          { match: 'critical-*', class: 'critical' },
          { match: 'bulk-*', class: 'bulk' },
        ],
      },
      overload: {
        mode: 'enforce',
        signals: limits,
        severe: limits,
        ...{ raiseMs: 250, lowerMs: 250, slowedRate: '400/s', hold: { intervalMs: 200 } },
      },
      audit: { stdout: true },
    },
  });
});
afterAll(async () => {
  try {
    expect(await gateway?.stop()).toBe(0);
    expect(errorsOf(gateway)).toEqual([]);
  } finally {
    await proxy?.stop();
    await redis?.stop();
  }
});

const step = () => gateway.metric('tributary_overload_step');
const movesInLog = () =>
  gateway
    .log()
    .filter(({ msg }) => msg === 'the overload ladder moved')
    .map((line) => line['step']);

/** One step at a time; on a busy machine one may be taken again. */
function expectLadder(): void {
  const places = ['normal', ...movesInLog()].map((name) => overloadSteps.findIndex((step) => step === name));
  const apart = places.slice(1).map((place, i) => Math.abs(place - places[i]!));
  expect(apart).toEqual(apart.map(() => 1));
}

/** Sends message after message at QoS 1, the next when the last is acknowledged; answers how long each took. */
async function report(device: Client, isOver: () => boolean): Promise<number[]> {
  const tookMs: number[] = [];
  while (!isOver()) {
    const beganMs = performance.now();
    device.send(publishPacket('alarm', String(tookMs.length), 1, device.nextPacketId()));
    await device.expect('puback');
    tookMs.push(performance.now() - beganMs);
  }
  return tookMs;
}

/** Asks Redis the same way, again and again: what it costs to be slow on this machine; answers how long each took. */
async function control(isOver: () => boolean): Promise<number[]> {
  const client = new Redis(proxy.url);
  onTestFinished(() => client.disconnect());
  const tookMs: number[] = [];
  while (!isOver()) {
    const beganMs = performance.now();
    await client.ping();
    tookMs.push(performance.now() - beganMs);
    await wait(5);
  }
  return tookMs;
}

const ninthDecile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.9)]!;

/** The code of the answer to CONNECT. */
async function knock(clientId: string, clean = true): Promise<number | undefined> {
  const device = await Client.open(gateway, 'tcp', 5);
  const code = codeOf(
    await device.greet(clientId, { clean, properties: { sessionExpiryInterval: clean ? 0 : 60 } }),
  );
  device.drop();
  return code;
}

test('the ladder goes up in order and back while Redis is slow, and critical devices do not notice', async () => {
  const critical = await Client.open(gateway, 'tcp', 5);
  await critical.greet('critical-1');
  const bulk = await PlainDevice.hello(gateway.wsUrl('/ws'), 'bulk-1');
  let isOver = false;
  onTestFinished(() => void (isOver = true));
  const reports = report(critical, () => isOver);
  const controls = control(() => isOver);
  // Where the test fails before it asks for them.
  for (const running of [reports, controls]) running.catch(() => undefined);
  let value = 0;
  const flood = setInterval(() => {
    for (let i = 0; i < 10; i++) bulk.send({ type: 'publish', topic: 'reading', payload: ++value });
  }, 10);

  proxy.replyDelayMs = slowMs;
  const up = overloadSteps.slice(1);
  await until('the last step', () => movesInLog().at(-1) === up.at(-1));
  clearInterval(flood);
  expectLadder();
  expect([...new Set(movesInLog())].filter((name) => name !== 'normal')).toEqual(up);
  expect(await step()).toBe(up.length);

  // Who comes in now, and who does not.
  expect(await knock('bulk-2')).toBe(0x89);
  expect(await knock('device-1')).toBe(0x89);
  expect(await knock('device-2', false)).toBe(0);
  expect(await knock('critical-2')).toBe(0);
  const plain = await PlainDevice.open(gateway.wsUrl('/ws'));
  plain.send({ type: 'hello', clientId: 'device-3' });
  expect(await plain.take('error')).toMatchObject({ code: 'server-busy' });
  expect(await bulk.take('slow_down')).toMatchObject({ retryAfterMs: 1000 });

  proxy.replyDelayMs = 0;
  await until('the way down', () => movesInLog().at(-1) === 'normal');
  expectLadder();
  expect(await step()).toBe(0);
  isOver = true;
  const tookMs = await reports;

  // Critical: every message is there, in order, and hardly one took much longer than Redis did.
  const alarms = (await uplinkOf(redis.client, 'critical-1')).map(({ payload }) => Number(String(payload)));
  expect(alarms).toEqual(tookMs.map((_, i) => i));
  expect(ninthDecile(tookMs)).toBeLessThan(ninthDecile(await controls) + slowMs);

  // Bulk: slowed and shed, in order, and its last value is there.
  await until('the last value', async () => {
    const last = (await uplinkOf(redis.client, 'bulk-1')).at(-1);
    return Number(String(last?.payload)) === value;
  });
  const readings = await uplinkOf(redis.client, 'bulk-1');
  const values = readings.map(({ payload }) => Number(String(payload)));
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  expect(readings.map(({ seq }) => seq)).toEqual(readings.map(({ seq }) => seq).toSorted((a, b) => a - b));
  const shed = await gateway.metric('tributary_messages_dropped_total', { reason: 'overload' });
  expect(shed).toBeGreaterThan(0);
  expect(readings.length).toBe(value - shed);
  critical.drop();
  bulk.socket.terminate();
});

test('a device whose connections break is given a shorter keep-alive, and never a longer one', async () => {
  const keepAlives: (number | undefined)[] = [];
  for (const keepalive of [120, 120, 120, 20]) {
    const device = await Client.open(gateway, 'tcp', 5);
    const { properties } = await device.greet('device-4', { keepalive });
    keepAlives.push(properties?.serverKeepAlive);
    const before = await gateway.metric('tributary_disconnects_total', { reason: 'connection-lost' });
    device.drop();
    const lost = () => gateway.metric('tributary_disconnects_total', { reason: 'connection-lost' });
    await until('the loss', async () => (await lost()) > before);
  }
  expect(keepAlives).toEqual([undefined, undefined, 60, undefined]);
});

test('what happened stands in the audit and in the figures', async () => {
  const audit = gateway.process.lines
    .filter((line) => line.startsWith('{"audit":'))
    .map((line) => JSON.parse(line) as Record<string, string>);
  const of = (kind: string) => audit.filter((line) => line['audit'] === kind);
  expect(of('overload').map(({ reason }) => reason)).toEqual(movesInLog());
  expect(of('connected').map(({ clientId }) => clientId)).toContain('critical-1');
  expect(of('connection-refused')[0]).toMatchObject({
    ...{
      outcome: 'failure',
      clientId: 'bulk-2',
      reason: 'server-busy',
      destination: 'mqtt',
      protocol: 'mqtt5',
    },
    source: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
  });
  const [slowed] = await throttledEventsOf(redis.client, 'bulk-1');
  expect(slowed!.fields).toMatchObject({ scope: 'class', reason: 'overload', action: 'pause' });
  expect(slowed!.fields['rule']).toMatch(/^overload: [a-z-]+$/);
  const transitions = await gateway.metric('tributary_overload_transitions_total');
  expect(transitions).toBe(movesInLog().length);
  expect(await gateway.metric('tributary_overload_refused_total', { by: 'step' })).toBe(3);
});
