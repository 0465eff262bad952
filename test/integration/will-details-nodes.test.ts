import { expect, test, type TestContext } from 'vitest';
import type { Client } from '../conformance/support/client.ts';
import { untilTime } from '../conformance/support/clock.ts';
import { untilAway } from '../conformance/support/sessions.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { connectedFor, staying, type ConnectOptions } from '../support/mqtt-clients.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { eventsOf, keys, uplinkOf, type UplinkEntry } from '../support/streams.ts';
import { until } from '../support/until.ts';

/** What one test works with: nodes at a Redis of its own. */
class Fleet {
  readonly redis: RedisServer;
  readonly #gateways: Gateway[] = [];
  readonly #onFinished: TestContext['onTestFinished'];

  private constructor(redis: RedisServer, { onTestFinished }: TestContext) {
    this.redis = redis;
    this.#onFinished = onTestFinished;
  }

  /** A fleet without nodes, taken down when the test has finished. */
  static async of(context: TestContext): Promise<Fleet> {
    const fleet = new Fleet(await startRedis({ aof: true }), context);
    context.onTestFinished(() => fleet.#end());
    return fleet;
  }

  async start(nodeId: string): Promise<Gateway> {
    const gateway = await startGateway({ redisUrl: this.redis.url, nodeId });
    this.#gateways.push(gateway);
    return gateway;
  }

  connected(gateway: Gateway, options?: ConnectOptions): Promise<Client> {
    return connectedFor(this.#onFinished, gateway, options);
  }

  /** A session that is away and wants all wills. */
  async heir(gateway: Gateway): Promise<string> {
    const clientId = freshId('heir');
    const device = await this.connected(gateway, staying(clientId));
    await device.subscribe('will/+', 2);
    await this.leave(device);
    return clientId;
  }

  async leave(client: Client): Promise<void> {
    await client.leave();
    await untilAway(this, client.clientId);
  }

  async willsOf(clientId: string): Promise<UplinkEntry[]> {
    return (await uplinkOf(this.redis.client, clientId)).filter(({ fields }) => fields['will'] === '1');
  }

  async untilFired(clientId: string): Promise<void> {
    const isFired = async (): Promise<boolean> => (await this.willsOf(clientId)).length > 0;
    await until(`the will of ${clientId}`, isFired, { deadlineMs: 30_000 });
  }

  /** No will waits to be handed on any more. */
  async untilHandedOn(): Promise<void> {
    await until('all wills to be handed on', async () => {
      for (let p = 0; p < keys.partitions; p++) {
        const timers = await this.redis.client.zrange(keys.timers(p), '0', '-1');
        if (timers.some((timer) => timer.startsWith('route:') || timer.startsWith('will:'))) return false;
      }
      return true;
    });
  }

  /** Each of these wills once: in the stream, as an event, for the heir, and retained. */
  async expectEachOnce(gateway: Gateway, ids: readonly string[], heirId: string): Promise<void> {
    for (const id of ids) await this.untilFired(id);
    await this.untilHandedOn();
    for (const id of ids) {
      const [will, ...more] = await this.willsOf(id);
      expect(more).toEqual([]);
      expect(will).toMatchObject({ topic: `will/${id}`, seq: 0, qos: 2 });
      expect(will?.payload.toString()).toBe(`last words of ${id}`);
      const events = await eventsOf(this.redis.client, id);
      expect(events.filter(({ type }) => type === 'will')).toHaveLength(1);
      expect(events.find(({ type }) => type === 'will')?.fields['entry']).toBe(will?.id);
    }
    const expected = ids.map((id) => `last words of ${id}`).toSorted();
    const device = await this.connected(gateway, staying(heirId));
    expect((await device.receivePayloads(ids.length)).toSorted()).toEqual(expected);
    await device.nothingMore();
    const later = await this.connected(gateway);
    await later.subscribe('will/+', 1);
    expect((await later.receivePayloads(ids.length)).toSorted()).toEqual(expected);
  }

  async #end(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.kill()));
    await this.redis.stop();
  }
}

/** A session of five minutes with a will at QoS 2 that comes so many seconds after the end of its connection. */
const mortal = (clientId: string, delay = 0, qos: 0 | 1 | 2 = 2): ConnectOptions => ({
  ...staying(clientId),
  will: {
    ...{ topic: `will/${clientId}`, payload: Buffer.from(`last words of ${clientId}`), qos, retain: true },
    properties: { willDelayInterval: delay },
  },
});

test.concurrent(
  'wills of a node that is killed and comes back are fired once, each',
  async (context) => {
    const fleet = await Fleet.of(context);
    const first = await fleet.start('gw-1');
    const heirId = await fleet.heir(first);
    const ids = Array.from({ length: 20 }, () => freshId('mortal'));
    for (const id of ids) await fleet.connected(first, mortal(id));
    const gone = await fleet.connected(first, mortal(freshId('gone')));
    await fleet.leave(gone);
    await first.kill();
    await fleet.expectEachOnce(await fleet.start('gw-1'), ids, heirId);
    expect(await fleet.willsOf(gone.clientId)).toEqual([]);
  },
  90_000,
);

test.concurrent(
  'wills of a node that is killed and stays away are fired once, each, by another',
  async (context) => {
    const fleet = await Fleet.of(context);
    const survivor = await fleet.start('gw-2');
    const dying = await fleet.start('gw-1');
    const third = await fleet.start('gw-3');
    const heirId = await fleet.heir(survivor);
    const ids = Array.from({ length: 20 }, () => freshId('mortal'));
    for (const id of ids) await fleet.connected(dying, mortal(id));
    await dying.kill();
    await fleet.expectEachOnce(survivor, ids, heirId);
    await third.stop();
  },
  90_000,
);

test.concurrent(
  'a node that stops in good order fires the wills of its devices: they did not say goodbye',
  async (context) => {
    const fleet = await Fleet.of(context);
    const stopping = await fleet.start('gw-1');
    const heirId = await fleet.heir(stopping);
    const ids = Array.from({ length: 5 }, () => freshId('mortal'));
    for (const id of ids) await fleet.connected(stopping, mortal(id));
    await stopping.stop();
    await fleet.expectEachOnce(await fleet.start('gw-1'), ids, heirId);
  },
  90_000,
);

test.concurrent.for([
  [
    'hangs',
    (server: RedisServer) => Promise.resolve(server.pause()),
    (server: RedisServer) => Promise.resolve(server.resume()),
  ],
  ['is killed', (server: RedisServer) => server.kill(), (server: RedisServer) => server.start()],
] as const)(
  'a device that is lost while Redis %s has its will fired once when it is back',
  { timeout: 90_000 },
  async ([, away, back], context) => {
    const fleet = await Fleet.of(context);
    const gateway = await fleet.start('gw-1');
    const heirId = await fleet.heir(gateway);
    const ids = Array.from({ length: 5 }, () => freshId('mortal'));
    const devices = [];
    for (const id of ids) devices.push(await fleet.connected(gateway, mortal(id)));
    await away(fleet.redis);
    await gateway.until(503);
    for (const device of devices) device.drop();
    await back(fleet.redis);
    await gateway.until(200);
    await fleet.expectEachOnce(gateway, ids, heirId);
  },
);

test('a delayed will outlives the node: it is fired when its time has come, by whoever is there', async (context) => {
  const fleet = await Fleet.of(context);
  const first = await fleet.start('gw-1');
  const heirId = await fleet.heir(first);
  const [cut, killed] = [freshId('cut'), freshId('killed')];
  const device = await fleet.connected(first, mortal(cut, 3));
  await fleet.connected(first, mortal(killed, 3));
  const from = Date.now();
  device.drop();
  await untilAway(fleet, cut);
  await first.kill();
  const second = await fleet.start('gw-1');
  await fleet.expectEachOnce(second, [cut, killed], heirId);
  // When they were fired Redis has written down: the start of a node may take longer than their delay.
  for (const id of [cut, killed]) {
    const [will] = await fleet.willsOf(id);
    expect(Number.parseInt(will!.id, 10) - from).toBeGreaterThanOrEqual(3000);
  }
}, 90_000);

// Alone: what it does before the delay is over is to be done in time.
test('a delayed will is not fired when its device is back in time, on another node after the first was killed', async (context) => {
  const fleet = await Fleet.of(context);
  const first = await fleet.start('gw-1');
  const second = await fleet.start('gw-2');
  const id = freshId('back');
  const device = await fleet.connected(first, mortal(id, 3));
  device.drop();
  await untilAway(fleet, id);
  await first.kill();
  const again = await fleet.connected(second, staying(id));
  expect(again.connack.sessionPresent).toBe(true);
  await untilTime(Date.now() + 3500);
  const timers = keys.timers(keys.partitionOf(id));
  expect(await fleet.redis.client.zscore(timers, `will:${id}`)).toBeNull();
  await fleet.leave(again);
  expect(await fleet.willsOf(id)).toEqual([]);
}, 90_000);
