import type { IConnectPacket } from 'mqtt-packet';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { isEnqueue } from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import type { Command } from '../support/resp.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys, uplinkOf } from '../support/streams.ts';
import { Subscriber, type Received } from '../support/subscriber.ts';
import { holds, until } from '../support/until.ts';

const isLong = process.env['TRIBUTARY_TEST_LONG'] === '1';

let redis: RedisServer;
let proxy: RespProxy;
let gateway: Gateway;

beforeAll(async () => {
  redis = await startRedis();
  proxy = await RespProxy.start(redis.port);
  gateway = await startGateway({ redisUrl: proxy.url });
});
afterEach(() => proxy.open());
afterAll(async () => {
  await gateway.kill();
  await proxy.stop();
  await redis.stop();
});

type Transport = 'tcp' | 'ws';
const portOf = (transport: Transport): number => gateway.port(transport === 'tcp' ? 'mqtt' : 'ws');

interface WillOptions {
  retain?: boolean;
  delaySeconds?: number;
  qos?: 0 | 1 | 2;
  version?: Version;
  transport?: Transport;
}

/** A device whose will says its client id on `prefix/CLIENTID`. */
async function mortal(prefix: string, options: WillOptions = {}): Promise<RawMqtt & { id: string }> {
  const { retain = false, delaySeconds = 0, qos = 2, version = 5, transport = 'tcp' } = options;
  const id = freshId('mortal');
  const device = await RawMqtt.open(transport, portOf(transport), version);
  await device.connect(id, connectOf(`${prefix}/${id}`, id, { retain, delaySeconds, qos, version }));
  return Object.assign(device, { id });
}

function connectOf(
  topic: string,
  payload: string,
  { retain, delaySeconds, qos, version }: Required<Omit<WillOptions, 'transport'>>,
): Partial<IConnectPacket> {
  const will = { topic, payload: Buffer.from(payload), qos, retain };
  if (version === 4) return { clean: true, will };
  const properties = delaySeconds > 0 ? { sessionExpiryInterval: 300 } : {};
  return { clean: false, properties, will: { ...will, properties: { willDelayInterval: delaySeconds } } };
}

/** Persistent subscribers to all wills of a test: one that is there when the node dies, and one that is not. */
class Watchers {
  readonly all: Subscriber[];

  constructor(prefix: string) {
    const watcher = (qos: 1 | 2, transport: Transport, version: Version): Subscriber =>
      new Subscriber(portOf(transport), freshId('watcher'), {
        filter: `${prefix}/#`,
        qos,
        transport,
        version,
      });
    this.all = [watcher(2, 'tcp', 5), watcher(1, 'ws', 4), watcher(2, 'ws', 5)];
  }

  async start(): Promise<this> {
    await Promise.all(this.all.map((each) => each.start()));
    this.all[2]?.leave('disconnect');
    return this;
  }

  /** All of them come to the new node. */
  aim(): void {
    for (const each of this.all) {
      each.port = portOf(each.transport);
      each.return();
    }
  }

  /** Waits until each of them had the wills of these devices, and nobody will be told of any again. */
  async told(ids: readonly string[], deadlineMs = 15_000): Promise<void> {
    const came = ({ received }: Subscriber): string[] => received.map(({ payload }) => payload);
    await until(
      () => `the wills of ${ids.join(' ')}; came ${this.all.map((each) => came(each).join(' ')).join(' | ')}`,
      () => this.all.every((each) => ids.every((id) => came(each).includes(id))),
      { deadlineMs },
    );
    await until('no will to be on its way', async () => (await pendingWills()).length === 0);
  }

  async stop(): Promise<void> {
    for (const { faults } of this.all) expect(faults).toEqual([]);
    await Promise.all(this.all.map((each) => each.stop()));
  }
}

/** Timers of wills: delayed ones, and those whose fan-out is not done. */
async function pendingWills(): Promise<string[]> {
  const timers = await Promise.all(
    Array.from({ length: keys.partitions }, (_, p) =>
      redis.client.zrange(keys.timers(p), '-inf', '+inf', 'BYSCORE'),
    ),
  );
  return timers.flat().filter((timer) => timer.startsWith('will:') || timer.startsWith('route:'));
}

const willsIn = async (id: string): Promise<number> =>
  (await uplinkOf(redis.client, id)).filter(({ fields }) => fields['will'] === '1').length;

/** The will of each is in the stream once, among the events once, and came to every watcher once. */
async function saidOnce(ids: readonly string[], watchers: Watchers): Promise<void> {
  const isOf = (id: string) => (one: Received) => one.payload === id && !one.isRedelivery;
  for (const id of ids) {
    expect(await willsIn(id)).toBe(1);
    expect((await eventsOf(redis.client, id)).filter(({ type }) => type === 'will')).toHaveLength(1);
    expect(watchers.all.map(({ received }) => received.filter(isOf(id)).length)).toEqual([1, 1, 1]);
  }
}

async function restart(): Promise<void> {
  await gateway.kill();
  gateway = await startGateway({ redisUrl: proxy.url });
}

test('a node killed fires the wills of its devices exactly once when it is back: at every QoS, retained, delayed; not of those who said goodbye or returned [MQTT-3.1.2-8] [MQTT-3.1.3-9]', async () => {
  const prefix = freshId('wills');
  const watchers = await new Watchers(prefix).start();
  const kept = await mortal(prefix, { retain: true, transport: 'ws' });
  const lost = [
    await mortal(prefix),
    await mortal(prefix, { version: 4, transport: 'ws' }),
    await mortal(prefix, { qos: 1 }),
    await mortal(prefix, { delaySeconds: 2 }),
    await mortal(prefix, { delaySeconds: 1, qos: 1, transport: 'ws' }),
    kept,
  ].map(({ id }) => id);
  const returning = await mortal(prefix, { delaySeconds: 4 });
  const leaving = await mortal(prefix);
  await leaving.leave();
  await until('its goodbye to be known', async () => (await eventsOf(redis.client, leaving.id)).length === 2);

  await restart();
  watchers.aim();
  const back = await RawMqtt.tcp(portOf('tcp'));
  await back.connect(returning.id, { clean: false, properties: { sessionExpiryInterval: 300 } });
  await watchers.told(lost);
  await saidOnce(lost, watchers);
  // Beyond the delay of the one that returned.
  await holds(2_500, async () => {
    for (const { id } of [returning, leaving]) expect(await willsIn(id)).toBe(0);
  });
  await saidOnce(lost, watchers);

  const late = await RawMqtt.tcp(portOf('tcp'));
  await late.connect(freshId('late'));
  late.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${prefix}/#`, qos: 1 }] });
  const retained = await late.take('publish');
  expect(retained).toMatchObject({ topic: `${prefix}/${kept.id}`, retain: true });
  late.send({ cmd: 'pingreq' });
  await late.take('pingresp');
  expect(late.packets.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1);
  await Promise.all([late.leave(), back.leave(), watchers.stop()]);
}, 60_000);

const isReap = ({ args }: Command): boolean => String(args[2]) === '10' && args.length === 19;
const isRetain = ({ args }: Command): boolean => String(args[3]).endsWith(':retained');
const isStruckOff = ({ name, args }: Command): boolean =>
  name === 'ZREM' && String(args[2]).startsWith('route:');

describe('a node killed again while it fires the wills of its earlier life, at the first command that', () => {
  const steps = {
    'fires one': isReap,
    'queues one': isEnqueue,
    'retains one': isRetain,
    'strikes one off': isStruckOff,
  };
  const cases = Object.entries(steps).flatMap(([step, counts]) => [
    { step, counts, executed: true },
    // Each takes as long as a fan-out is left to whoever fired the will.
    ...(isLong || step === 'fires one' ? [{ step, counts, executed: false }] : []),
  ]);
  test.each(cases)(
    '$step, executed $executed: each is said exactly once',
    async ({ counts, executed }) => {
      const prefix = freshId('again');
      const watchers = await new Watchers(prefix).start();
      const ids = [await mortal(prefix), await mortal(prefix, { retain: true })].map(({ id }) => id);
      await gateway.kill();

      proxy.counts = counts;
      proxy.struck.length = 0;
      proxy.open((position) => (position === 0 ? { kind: 'mute', executed } : undefined));
      const doomed = new Gateway({ redisUrl: proxy.url });
      await until('the command to be out', () => proxy.struck.length > 0, { everyMs: 1 });
      await redis.client.ping();
      await doomed.kill();
      proxy.open();

      await restart();
      watchers.aim();
      await watchers.told(ids, 30_000);
      await saidOnce(ids, watchers);
      await watchers.stop();
    },
    60_000,
  );
});

test.each(isLong ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1])(
  'nodes killed at random moments while they fire wills, seed %i: each will is said exactly once',
  async (seed) => {
    const chance = new Chance(seed);
    const prefix = freshId('random');
    const watchers = await new Watchers(prefix).start();
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) {
      const qos = chance.pick([1, 2] as const);
      const transport = chance.pick(['tcp', 'ws'] as const);
      const retain = chance.next() < 0.3;
      const delaySeconds = chance.pick([0, 0, 1, 2]);
      ids.push((await mortal(prefix, { qos, transport, retain, delaySeconds })).id);
    }
    await gateway.kill();
    for (let round = 0; round < 4; round++) {
      const doomed = new Gateway({ redisUrl: proxy.url });
      // From before it has started to some time after.
      await wait(chance.between(250, 1500));
      await doomed.kill();
    }
    await restart();
    watchers.aim();
    await watchers.told(ids, 30_000);
    await saidOnce(ids, watchers);
    await watchers.stop();
  },
  90_000,
);
