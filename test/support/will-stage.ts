import type { IConnectPacket } from 'mqtt-packet';
import { expect } from 'vitest';
import { startGateway, type Gateway } from './gateway.ts';
import { RawMqtt, type Version } from './raw-mqtt.ts';
import { startRedis, type RedisServer } from './redis.ts';
import { RespProxy } from './resp-proxy.ts';
import { freshId } from './stage.ts';
import { eventsOf, keys, uplinkOf } from './streams.ts';
import { Subscriber, type Received } from './subscriber.ts';
import { until } from './until.ts';

type Transport = 'tcp' | 'ws';

/** What a will is to be; QoS 2 on MQTT 5 over TCP unless told otherwise. */
export interface WillOptions {
  retain?: boolean;
  delaySeconds?: number;
  qos?: 0 | 1 | 2;
  version?: Version;
  transport?: Transport;
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

/** One node at a Redis of its own, with a proxy between them. */
export class WillStage {
  readonly redis: RedisServer;
  readonly proxy: RespProxy;
  #gateway: Gateway;

  private constructor(redis: RedisServer, proxy: RespProxy, gateway: Gateway) {
    this.redis = redis;
    this.proxy = proxy;
    this.#gateway = gateway;
  }

  /** Runs a test with a stage and takes it down behind it. */
  static async use(body: (stage: WillStage) => Promise<void>): Promise<void> {
    const redis = await startRedis();
    const proxy = await RespProxy.start(redis.port);
    const stage = new WillStage(redis, proxy, await startGateway({ redisUrl: proxy.url }));
    try {
      await body(stage);
    } finally {
      await stage.kill();
      await proxy.stop();
      await redis.stop();
    }
  }

  portOf(transport: Transport): number {
    return this.#gateway.port(transport === 'tcp' ? 'mqtt' : 'ws');
  }

  async kill(): Promise<void> {
    await this.#gateway.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#gateway = await startGateway({ redisUrl: this.proxy.url });
  }

  /** A device whose will says its client id on `prefix/CLIENTID`. */
  async mortal(prefix: string, options: WillOptions = {}): Promise<RawMqtt & { id: string }> {
    const { retain = false, delaySeconds = 0, qos = 2, version = 5, transport = 'tcp' } = options;
    const id = freshId('mortal');
    const device = await RawMqtt.open(transport, this.portOf(transport), version);
    await device.connect(id, connectOf(`${prefix}/${id}`, id, { retain, delaySeconds, qos, version }));
    return Object.assign(device, { id });
  }

  /** Timers of wills: delayed ones, and those whose fan-out is not done. */
  async pendingWills(): Promise<string[]> {
    const timers = await Promise.all(
      Array.from({ length: keys.partitions }, (_, p) =>
        this.redis.client.zrange(keys.timers(p), '-inf', '+inf', 'BYSCORE'),
      ),
    );
    return timers.flat().filter((timer) => timer.startsWith('will:') || timer.startsWith('route:'));
  }

  async willsIn(id: string): Promise<number> {
    return (await uplinkOf(this.redis.client, id)).filter(({ fields }) => fields['will'] === '1').length;
  }

  /** The will of each is in the stream once, among the events once, and came to every watcher once. */
  async saidOnce(ids: readonly string[], watchers: Watchers): Promise<void> {
    const isOf = (id: string) => (one: Received) => one.payload === id && !one.isRedelivery;
    for (const id of ids) {
      expect(await this.willsIn(id)).toBe(1);
      expect((await eventsOf(this.redis.client, id)).filter(({ type }) => type === 'will')).toHaveLength(1);
      expect(watchers.all.map(({ received }) => received.filter(isOf(id)).length)).toEqual([1, 1, 1]);
    }
  }
}

/** Persistent subscribers to all wills of a test: one that is there when the node dies, and one that is not. */
export class Watchers {
  readonly all: Subscriber[];
  readonly #stage: WillStage;

  constructor(stage: WillStage, prefix: string) {
    this.#stage = stage;
    const watcher = (qos: 1 | 2, transport: Transport, version: Version): Subscriber =>
      new Subscriber(stage.portOf(transport), freshId('watcher'), {
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
      each.port = this.#stage.portOf(each.transport);
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
    await until('no will to be on its way', async () => (await this.#stage.pendingWills()).length === 0);
  }

  async stop(): Promise<void> {
    for (const { faults } of this.all) expect(faults).toEqual([]);
    await Promise.all(this.all.map((each) => each.stop()));
  }
}
