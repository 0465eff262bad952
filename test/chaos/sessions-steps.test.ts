import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { brokenDeliveries } from '../support/deliveries.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { brokenPromises } from '../support/promises.ts';
import { Publisher } from '../support/publisher.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import {
  isEnqueue,
  isMarkRouted,
  isMessage,
  isRelease,
  isSettle,
  type Fault,
} from '../support/resp-faults.ts';
import { RespProxy } from '../support/resp-proxy.ts';
import { freshId } from '../support/stage.ts';
import { keys, untilUplink, uplinkOf } from '../support/streams.ts';
import { Subscriber } from '../support/subscriber.ts';
import { until } from '../support/until.ts';

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

/** Fields of a session that begin so: `rx:`, `tx:`. */
const open = async (id: string, prefix: string): Promise<number> =>
  (await redis.client.hkeys(keys.session(keys.partitionOf(id), id))).filter((field) =>
    field.startsWith(prefix),
  ).length;

const queued = (id: string): Promise<number> => redis.client.xlen(keys.queue(keys.partitionOf(id), id));

/** Devices that know each other by a topic of their own. */
class Cast {
  readonly publisher: Publisher;
  readonly here: Subscriber;
  readonly away: Subscriber;

  constructor(qos: 1 | 2, transport: 'tcp' | 'ws') {
    const topic = freshId('step');
    const port = this.#port(transport);
    this.publisher = new Publisher(port, freshId('pub'), 5, { topic, transport });
    this.here = new Subscriber(port, freshId('here'), { filter: topic, qos, transport });
    this.away = new Subscriber(port, freshId('away'), { filter: topic, qos, transport, version: 4 });
  }

  async start(): Promise<this> {
    await Promise.all([this.publisher, this.here, this.away].map((device) => device.start()));
    this.away.leave('disconnect');
    return this;
  }

  aim(): void {
    for (const device of [this.publisher, this.here, this.away]) device.port = this.#port(device.transport);
  }

  /** Everybody has everything, and Redis keeps nothing of it. */
  async finish(): Promise<void> {
    await this.publisher.settle();
    this.away.return();
    const { publisher } = this;
    const isOver = async (): Promise<boolean> => {
      for (const { clientId, received } of [this.here, this.away]) {
        if (received.length === 0 || (await queued(clientId)) + (await open(clientId, 'tx:')) > 0)
          return false;
      }
      return (await open(publisher.clientId, 'rx:')) === 0;
    };
    await until('everything to be delivered and forgotten', isOver, { deadlineMs: 30_000 });
    await Promise.all([publisher, this.here, this.away].map((device) => device.stop()));
  }

  async broken(): Promise<string[]> {
    return [
      ...brokenPromises(this.publisher, await uplinkOf(redis.client, this.publisher.clientId)),
      ...[this.here, this.away].flatMap((subscriber) => brokenDeliveries(subscriber, [this.publisher])),
    ];
  }

  #port(transport: 'tcp' | 'ws'): number {
    return gateway.port(transport === 'tcp' ? 'mqtt' : 'ws');
  }
}

const steps = {
  'is stored': [isMessage, 0],
  'is queued': [isEnqueue, 0],
  'is queued for the second subscriber': [isEnqueue, 1],
  'is marked as handed on': [isMarkRouted, 0],
  'is released by its publisher': [isRelease, 0],
  'is acknowledged by the subscriber': [isSettle, 0],
  'is released and completed by the subscriber': [isSettle, 1],
} as const;
type Step = keyof typeof steps;
const ofQos1: Step[] = ['is stored', 'is queued', 'is queued for the second subscriber', 'is acknowledged by the subscriber']; // prettier-ignore
const ofQos2 = Object.keys(steps) as Step[];

/** Publishes one message, kills the node when a command of the step is out, starts it again, and waits for the end. */
async function killedAt(step: Step, qos: 1 | 2, executed: boolean, transport: 'tcp' | 'ws'): Promise<Cast> {
  const cast = await new Cast(qos, transport).start();
  const [counts, position] = steps[step];
  const fault: Fault = { kind: 'mute', executed };
  proxy.counts = counts;
  proxy.struck.length = 0;
  proxy.open((at) => (at === position ? fault : undefined));
  cast.publisher.publish(qos);
  await until('the command to be out', () => proxy.struck.length > 0, { everyMs: 1 });
  // What was passed to Redis before us is done when it answers us.
  await redis.client.ping();
  await gateway.kill();
  proxy.open();
  gateway = await startGateway({ redisUrl: proxy.url });
  cast.aim();
  await cast.finish();
  return cast;
}

const kinds = [
  { executed: true, transport: 'tcp' },
  { executed: false, transport: 'ws' },
  ...(isLong
    ? [{ executed: true, transport: 'ws' } as const, { executed: false, transport: 'tcp' } as const]
    : []),
] as const;

describe.each(kinds)(
  'over $transport: a node killed when Redis was asked and nobody heard the answer, executed $executed',
  ({ executed, transport }) => {
    test.each(ofQos2)('a QoS 2 message that %s comes exactly once [MQTT-4.3.3-10]', async (step) => {
      const cast = await killedAt(step, 2, executed, transport);
      expect(await cast.broken()).toEqual([]);
      expect(cast.here.received).toHaveLength(1);
      expect(cast.away.received).toHaveLength(1);
      expect(await untilUplink(redis.client, cast.publisher.clientId, 1)).toHaveLength(1);
    });

    test.each(ofQos1)('a QoS 1 message that %s comes [MQTT-4.3.2-1]', async (step) => {
      const cast = await killedAt(step, 1, executed, transport);
      expect(await cast.broken()).toEqual([]);
    });
  },
);
