import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import {
  isClaim,
  isEnqueue,
  isMarkRouted,
  isMessage,
  isQueueRead,
  isRelease,
  isSettle,
  type Fault,
} from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { SessionTraffic } from '../support/session-traffic.ts';
import { errorsOf, freshId } from '../support/stage.ts';
import { until } from '../support/until.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';
const rounds = isLong ? 15 : 3;
const replyTimeoutMs = 500;

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({
    redisUrl: proxy.url,
    config: { redis: { replyTimeoutMs }, queues: { maxMessages: 60_000, maxBytes: 64 * 2 ** 20 } },
  });
});
afterEach(() => {
  proxy.counts = isMessage;
  proxy.open();
});
afterAll(async () => {
  const exit = await gateway.stop();
  await proxy.stop();
  await redis.stop();
  expect(exit).toBe(0);
  expect(errorsOf(gateway, /Redis refused a message/)).toEqual([]);
});

const commands = {
  'queueing a message': isEnqueue,
  'what a device acknowledged': isSettle,
  'reading a queue': isQueueRead,
  'marking a message as handed on': isMarkRouted,
  'storing a message': isMessage,
  'the end of a QoS 2 message': isRelease,
  'a claim': isClaim,
};
type Step = keyof typeof commands;

/** Traffic with one of these faults at a random command of a kind, round by round; what was broken by that. */
async function trafficWith(step: Step, faults: readonly Fault[], mayDisorder: boolean): Promise<string[]> {
  const seed = Object.keys(commands).indexOf(step);
  const chance = new Chance(seed);
  const traffic = await SessionTraffic.start(redis.client, gateway, { seed });
  proxy.counts = commands[step];
  proxy.struck.length = 0;
  for (let round = 0; round < rounds; round++) {
    await traffic.progress(10);
    // Subscribers read their queue and come back less often than messages pass.
    const at = chance.between(0, step === 'a claim' || step === 'reading a queue' ? 1 : 30);
    const fault = faults[round % faults.length];
    proxy.open((position) => (position === at ? fault : undefined));
    await traffic.progress(30);
    await until(`a fault of round ${round} to strike`, () => proxy.struck.length > round);
  }
  proxy.open();
  await traffic.finish();
  expect(proxy.lateExecuted).toBe(0);
  // Redis may have queued a message at QoS 1 and not said so; it is queued again then.
  return traffic.verdict({ mayDoubleQos1: true, mayDisorder });
}

const breaks: Fault[] = [
  { kind: 'cut', outcome: 'executed' },
  { kind: 'mute', executed: true },
  { kind: 'cut', outcome: 'late' },
  { kind: 'cut', outcome: 'lost' },
  { kind: 'mute', executed: false },
];
const refusals: Fault[] = [
  { kind: 'error', reply: '-LOADING Redis is loading the dataset in memory' },
  { kind: 'error', reply: '-MISCONF Redis is configured to save RDB snapshots, but it is unable to' },
];
const steps = Object.keys(commands) as Step[];

describe('connections to Redis that break under traffic lose nothing that was acknowledged, and no order', () => {
  test.each(steps)(
    'at %s',
    async (step) => expect(await trafficWith(step, breaks, false)).toEqual([]),
    isLong ? 580_000 : 180_000,
  );
});

describe('commands that Redis refuses under traffic lose nothing that was acknowledged', () => {
  test.each(steps)(
    'at %s',
    async (step) => expect(await trafficWith(step, refusals, step === 'queueing a message')).toEqual([]),
    isLong ? 580_000 : 180_000,
  );
});

const keep = { clean: false, properties: { sessionExpiryInterval: 300 } };

async function connect(id: string): Promise<RawMqtt> {
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id, keep);
  return device;
}

async function subscriberTo(topic: string, qos: 1 | 2): Promise<RawMqtt> {
  const subscriber = await connect(freshId('sub'));
  subscriber.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  await subscriber.take('suback');
  return subscriber;
}

test('a message whose queueing Redis answers a moment too late is acknowledged all the same', async () => {
  const topic = freshId('late');
  const subscriber = await subscriberTo(topic, 1);
  const publisher = await connect(freshId('pub'));
  proxy.counts = isEnqueue;
  proxy.close();
  publisher.send(publishPacket(topic, 'x', 1, 1));
  await until('the message to wait at the gate', () => proxy.waiting > 0, { everyMs: 1 });
  await wait(replyTimeoutMs + 30);
  proxy.open();
  await publisher.take('puback');
  await subscriber.take('publish');
  await Promise.all([subscriber.leave(), publisher.leave()]);
});

test('a QoS 2 message that was queued without an answer reaches its subscriber, who is there, at once', async () => {
  const topic = freshId('held');
  const subscriber = await subscriberTo(topic, 2);
  const publisher = await connect(freshId('pub'));
  proxy.counts = isEnqueue;
  proxy.open((position) => (position === 0 ? { kind: 'cut', outcome: 'executed' } : undefined));
  publisher.send(publishPacket(topic, 'x', 2, 1));
  await publisher.take('pubrec');
  // Far sooner than the half minute of a look without being told.
  await subscriber.take('publish', undefined, 10_000);
  await Promise.all([subscriber.leave(), publisher.leave()]);
});

test('what a device acknowledged while Redis refuses to write is carried out when it writes again', async () => {
  const topic = freshId('refused');
  const subscriber = await subscriberTo(topic, 2);
  const publisher = await connect(freshId('pub'));
  publisher.send(publishPacket(topic, 'x', 2, 1));
  const { messageId = 0 } = await subscriber.take('publish');
  proxy.counts = isSettle;
  proxy.open((position) => (position === 0 ? refusals[1] : undefined));
  subscriber.send({ cmd: 'pubrec', messageId, reasonCode: 0 });
  await subscriber.take('pubrel', (packet) => packet.messageId === messageId);
  await Promise.all([subscriber.leave(), publisher.leave()]);
});

test('repeated QoS 2 messages keep their order when the first of them had not been stored [MQTT-4.6.0-6]', async () => {
  const topic = freshId('order');
  const id = freshId('pub');
  const subscriber = await subscriberTo(topic, 2);
  const publisher = await connect(id);
  const messages = ['first', 'second'].map((payload, i) => publishPacket(topic, payload, 2, i + 1));
  proxy.counts = isMessage;
  proxy.open((position) =>
    position === 0 ? { kind: 'error', reply: '-OOM command not allowed' } : undefined,
  );
  publisher.send(...messages);
  await publisher.end();
  const again = await connect(id);
  again.send(...messages.map((message) => ({ ...message, dup: true })));
  await again.take('pubrec', ({ messageId }) => messageId === 2);
  expect((await subscriber.take('publish')).payload.toString()).toBe('first');
  expect((await subscriber.take('publish')).payload.toString()).toBe('second');
  await Promise.all([subscriber.leave(), again.leave()]);
});
