import type { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { Chance } from './chance.ts';
import { brokenDeliveries, missing, type DeliveryRules } from './deliveries.ts';
import type { Gateway } from './gateway.ts';
import { brokenPromises } from './promises.ts';
import { Publisher } from './publisher.ts';
import { freshId } from './stage.ts';
import { allUplink, keys } from './streams.ts';
import { Subscriber } from './subscriber.ts';
import { until } from './until.ts';

export interface TrafficOptions {
  seed: number;
  publishers?: number;
  /** Of four, one is always there, one is away until the end, and two come and go. */
  subscribers?: number;
}

/** Most messages of a publisher that are not finished. */
const mostUnsettled = 12;

const portAt = (gateway: Gateway, transport: 'tcp' | 'ws'): number =>
  gateway.port(transport === 'tcp' ? 'mqtt' : 'ws');

/** Waits until all nodes know the subscriptions there are: one that another has just granted comes to them a moment later. */
export async function untilAlike(redis: Redis, gateways: readonly Gateway[]): Promise<void> {
  await until('the nodes to know all persistent subscriptions', async () => {
    const routes = await Promise.all(
      Array.from({ length: keys.partitions }, (_, p) => redis.hkeys(keys.routes(p))),
    );
    const count = routes.flat().filter((field) => field !== '').length;
    const known = await Promise.all(gateways.map((each) => each.metric('tributary_subscriptions')));
    return known.every((each) => each === count);
  });
}

/**
 * Publishers at all QoS and persistent subscribers at QoS 1 and 2, over TCP and WebSocket, 3.1.1 and 5. The subscribers
 * come and go by chance, in the midst of what they are being sent.
 */
export class SessionTraffic {
  readonly publishers: Publisher[];
  readonly subscribers: Subscriber[];
  readonly #redis: Redis;
  readonly #chance: Chance;
  #gateways: readonly Gateway[];
  #isOn = true;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    redis: Redis,
    gateways: readonly Gateway[],
    { seed, publishers = 4, subscribers = 8 }: TrafficOptions,
  ) {
    this.#redis = redis;
    this.#chance = new Chance(seed);
    const topic = `${freshId('traffic')}/all`;
    // Another seed, another way of speaking for each part.
    const kind = (n: number): { transport: 'tcp' | 'ws'; version: 4 | 5 } => ({
      transport: (n + seed) % 2 === 0 ? 'tcp' : 'ws',
      version: ((n + seed) >> 1) % 2 === 0 ? 5 : 4,
    });
    const port = (transport: 'tcp' | 'ws'): number => portAt(this.#chance.pick(gateways), transport);
    this.#gateways = gateways;
    this.publishers = Array.from({ length: publishers }, (_, n) => {
      const { transport, version } = kind(n);
      return new Publisher(port(transport), freshId('pub'), version, { topic, transport });
    });
    this.subscribers = Array.from({ length: subscribers }, (_, n) => {
      const qos = (n >> 2) % 2 === 0 ? 2 : 1;
      const restMs = (): number => this.#chance.between(0, 6);
      return new Subscriber(port(kind(n).transport), freshId('sub'), {
        filter: topic,
        qos,
        restMs,
        ...kind(n),
      });
    });
  }

  /** With several nodes the devices spread over them, and move from one to another by chance. */
  static async start(
    redis: Redis,
    gateways: Gateway | readonly Gateway[],
    options: TrafficOptions,
  ): Promise<SessionTraffic> {
    const nodes = [gateways].flat();
    const traffic = new SessionTraffic(redis, nodes, options);
    await Promise.all(traffic.subscribers.map((subscriber) => subscriber.start()));
    if (nodes.length > 1) await untilAlike(redis, nodes);
    await Promise.all(traffic.publishers.map((publisher) => publisher.start()));
    for (const [n, subscriber] of traffic.subscribers.entries())
      if (n % 4 === 3) subscriber.leave('disconnect');
    traffic.#running = traffic.#run();
    return traffic;
  }

  /** Where everybody goes when they connect next: to one of these. */
  aim(...gateways: Gateway[]): void {
    this.#gateways = gateways;
    for (const device of [...this.publishers, ...this.subscribers])
      device.port = portAt(this.#chance.pick(gateways), device.transport);
  }

  /** Messages above QoS 0 that were acknowledged to their publishers. */
  get acknowledged(): number {
    return this.publishers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  }

  /** Waits until every publisher had so many more acknowledgements. */
  async progress(count: number): Promise<void> {
    const goals = this.publishers.map(({ acknowledged }) => acknowledged.length + count);
    const now = (): number[] => this.publishers.map(({ acknowledged }) => acknowledged.length);
    await until(
      () => `${count} more acknowledgements of each; goals ${goals.join(' ')}, there are ${now().join(' ')}`,
      () => now().every((each, n) => each >= goals[n]!),
      { deadlineMs: 60_000 },
    );
  }

  /** Stops publishing, brings everybody back, and waits until Redis holds nothing more for any subscriber. */
  async finish(): Promise<void> {
    this.#isOn = false;
    await this.#running;
    await Promise.all(this.publishers.map((publisher) => publisher.settle(60_000)));
    for (const subscriber of this.subscribers) subscriber.return();
    await until(
      () =>
        `everything to arrive; missing ${this.#missing()}; said ${this.subscribers.flatMap(({ faults }) => faults).join('; ')}`,
      async () => this.#missing() === '' && (await this.#held()) === 0,
      { deadlineMs: 60_000, everyMs: 50 },
    );
    await Promise.all([...this.publishers, ...this.subscribers].map((device) => device.stop()));
  }

  /** Every promise that was broken to a publisher or a subscriber. */
  async verdict(rules: DeliveryRules = {}): Promise<string[]> {
    const stored = await allUplink(this.#redis);
    return [
      ...this.publishers.flatMap((publisher) =>
        brokenPromises(publisher, stored.get(publisher.clientId) ?? []),
      ),
      ...this.publishers
        .filter(({ sessionsLost }) => sessionsLost > 0)
        .map(({ clientId, sessionsLost }) => `${clientId}: its session was gone ${sessionsLost} times`),
      ...this.subscribers.flatMap((subscriber) => brokenDeliveries(subscriber, this.publishers, rules)),
    ];
  }

  async #run(): Promise<void> {
    const comeAndGo = this.subscribers.filter((_, n) => n % 4 === 1 || n % 4 === 2);
    const away = new Map<Subscriber, number>();
    let turn = 0;
    while (this.#isOn) {
      turn++;
      for (const publisher of this.publishers)
        if (publisher.unsettled < mostUnsettled) publisher.publish(this.#chance.pick([0, 1, 1, 2, 2]));
      for (const subscriber of comeAndGo) {
        const until = away.get(subscriber);
        if (until === undefined && this.#chance.next() < 0.01) {
          subscriber.leave(this.#chance.pick(['disconnect', 'break']));
          away.set(subscriber, turn + this.#chance.between(1, 60));
        } else if (until !== undefined && turn >= until) {
          away.delete(subscriber);
          subscriber.return();
        }
      }
      if (this.#gateways.length > 1) this.#move();
      await wait(4);
    }
  }

  /** Now and then a device goes to another node: a publisher by breaking off, a subscriber over its live connection. */
  #move(): void {
    for (const subscriber of this.subscribers) {
      if (this.#chance.next() < 0.01)
        subscriber.moveTo(portAt(this.#chance.pick(this.#gateways), subscriber.transport));
    }
    for (const publisher of this.publishers) {
      if (this.#chance.next() >= 0.01) continue;
      publisher.port = portAt(this.#chance.pick(this.#gateways), publisher.transport);
      publisher.break();
    }
  }

  #missing(): string {
    return this.subscribers
      .map(({ clientId, received }) => {
        const lost = this.publishers.map((publisher) => missing(publisher, received).length);
        return lost.some((count) => count > 0) ? `${clientId}: ${lost.join(' ')}` : '';
      })
      .filter((line) => line !== '')
      .join('; ');
  }

  /** Entries of the subscribers' queues, and their QoS 2 messages not completed. */
  async #held(): Promise<number> {
    const counts = await Promise.all(
      this.subscribers.map(async ({ clientId }) => {
        const p = keys.partitionOf(clientId);
        const fields = await this.#redis.hkeys(keys.session(p, clientId));
        const open = fields.filter((field) => field.startsWith('tx:')).length;
        return open + (await this.#redis.xlen(keys.queue(p, clientId)));
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}
