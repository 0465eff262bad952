import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { brokenPromises } from './promises.ts';
import { Publisher } from './publisher.ts';
import { freshId } from './stage.ts';
import { allUplink, type UplinkEntry } from './streams.ts';
import { until } from './until.ts';

/** Publishers that each keep up to 40 messages of all QoS on their way until told to stop. */
export class Load {
  readonly publishers: Publisher[];
  #isOn = true;
  readonly #running: Promise<void>;

  private constructor(publishers: Publisher[]) {
    this.publishers = publishers;
    this.#running = this.#run();
  }

  /** Every second one speaks 3.1.1; they spread over the ports. */
  static async start(count: number, ...ports: number[]): Promise<Load> {
    const publishers = Array.from(
      { length: count },
      (_, n) => new Publisher(ports[n % ports.length] ?? 0, freshId('load'), (n >> 1) % 2 === 0 ? 5 : 4),
    );
    await Promise.all(publishers.map((publisher) => publisher.start()));
    return new Load(publishers);
  }

  async #run(): Promise<void> {
    let turn = 0;
    while (this.#isOn) {
      turn++;
      for (const publisher of this.publishers) {
        if (publisher.unsettled < 40) publisher.publish(((turn * 5) % 3) as 0 | 1 | 2);
        else if (turn % 10 === 0 && publisher.isConnected) publisher.publish(0);
      }
      await wait(2);
    }
  }

  /** Waits until every publisher had so many more acknowledgements. */
  async progress(count: number): Promise<void> {
    const goals = this.publishers.map((publisher) => publisher.acknowledged.length + count);
    await until(
      () =>
        `${count} more acknowledgements of each; there are ${this.publishers.map((each) => each.acknowledged.length).join(' ')}`,
      () => this.publishers.every((publisher, n) => publisher.acknowledged.length >= (goals[n] ?? 0)),
      { deadlineMs: 30_000 },
    );
  }

  /** Stops sending and waits until all is settled; then everyone leaves. */
  async finish(): Promise<void> {
    this.#isOn = false;
    await this.#running;
    await Promise.all(this.publishers.map((publisher) => publisher.settle()));
    await Promise.all(this.publishers.map((publisher) => publisher.stop()));
  }

  /** What the streams hold, and every promise that was broken to a publisher. */
  async verdict(redis: Redis): Promise<{ stored: Map<string, UplinkEntry[]>; broken: string[] }> {
    const stored = await allUplink(redis);
    const broken = this.publishers.flatMap((publisher) =>
      brokenPromises(publisher, stored.get(publisher.clientId) ?? []),
    );
    return { stored, broken };
  }
}
