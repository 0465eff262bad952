import { measuredEnv } from '../support/collected.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { bytesOf, publishPacket } from '../support/raw-mqtt.ts';
import type { RedisServer } from '../support/redis.ts';
import { answer } from './answering.ts';
import type { Case, Way } from './case.ts';
import { Failure } from './failure.ts';
import { gaugesAtRest, gaugesReturn, retainedTopics, sessionsExpire } from './leftovers.ts';
import { type Judge, LogWatch, strictJudge } from './log-watch.ts';
import { bytesInUse, type Memory } from './memory.ts';
import { Peer } from './peer.ts';
import { end, play } from './play.ts';
import { Sleeper } from './sleeper.ts';
import { Steady } from './steady.ts';
import { steadyKinds } from './steady-kinds.ts';
import { configOf, type Variant } from './variants.ts';

export interface RigOptions {
  readonly redis: RedisServer;
  readonly variant: Variant;
  /** What else no line of the log may say. */
  readonly judge?: Judge;
  /** Within which everything sure must be answered, ms; default 15,000. */
  readonly deadlineMs?: number;
  /** Within which nothing may be left of those who left, ms; default 30,000: wills are delayed and sessions expire. */
  readonly leftMs?: number;
  /** How long a session is kept, s; default 1, so that none is left. */
  readonly sessionSeconds?: number;
}

const partitions = 4;

/** A live node on an empty Redis, with bystanders; plays cases on it and says when it breaks a promise. */
export class Rig {
  readonly gateway: Gateway;
  readonly log: LogWatch;
  readonly #redis: RedisServer;
  readonly #deadlineMs: number;
  readonly #leftMs: number;
  readonly #staying: Peer[] = [];
  readonly #bystanders: Steady[] = [];
  #sleeper: Sleeper | undefined;
  #rounds = 0;
  #gauges: ReadonlyMap<string, number> = new Map();

  private constructor(gateway: Gateway, { redis, judge, deadlineMs = 15_000, leftMs = 30_000 }: RigOptions) {
    this.gateway = gateway;
    this.log = new LogWatch(gateway.process, judge === undefined ? [strictJudge] : [strictJudge, judge]);
    this.#redis = redis;
    this.#deadlineMs = deadlineMs;
    this.#leftMs = leftMs;
  }

  static async start(options: RigOptions): Promise<Rig> {
    await options.redis.client.flushall();
    const sessions = { maxExpirySeconds: options.sessionSeconds ?? 1 };
    const config = { partitions, ...configOf(options.variant), sessions };
    const gateway = await startGateway({ redisUrl: options.redis.url, config, env: measuredEnv });
    const rig = new Rig(gateway, options);
    try {
      for (const kind of steadyKinds)
        rig.#bystanders.push(await Steady.start(kind, rig.#portOf(kind.way), rig.#deadlineMs));
      const topics = steadyKinds.map(({ name }) => `steady/${name}`);
      rig.#sleeper = await Sleeper.start(rig.#portOf('tcp'), topics, rig.#deadlineMs);
      rig.log.begin();
      await rig.check();
      rig.#gauges = await gaugesAtRest(gateway);
      return rig;
    } catch (error) {
      await rig.kill();
      throw error;
    }
  }

  /** Plays a case and looks whether the node is well. @throws Failure */
  async play(one: Case): Promise<void> {
    try {
      await play(one, {
        portOf: (way) => this.#portOf(way),
        deadlineMs: this.#deadlineMs,
        staying: this.#staying,
      });
    } catch (error) {
      this.log.check(); // a log that says why is worth more
      throw error;
    }
    await this.check();
  }

  /** All bystanders are there; now and then one of them is away. */
  get isComplete(): boolean {
    return this.#sleeper?.isThere === true;
  }

  /** Every bystander is served and the log is clean. @throws Failure */
  async check(): Promise<void> {
    try {
      await Promise.all(this.#bystanders.map((bystander) => bystander.roundTrip()));
      await this.#sleeper?.round(++this.#rounds);
    } finally {
      this.log.check();
    }
  }

  /**
   * All but the bystanders leave, their sessions expire and what they retained is cleared: then nothing of them may be
   * left. Answers the memory the node has in use.
   * @throws Failure
   */
  async settle(): Promise<Memory> {
    await end(this.#staying.splice(0), this.#deadlineMs);
    while (!this.isComplete) await this.check();
    await sessionsExpire(this.#redis.client, partitions, this.#leftMs);
    await this.#clearRetained();
    await gaugesReturn(this.gateway, this.#gauges, this.#leftMs);
    await this.check();
    const inUse = await bytesInUse(this.gateway, this.log);
    return { inUse, resident: await this.gateway.metric('process_resident_memory_bytes') };
  }

  /** Sends everybody away and stops the node in order. @throws Failure when it does not end well */
  async stop(): Promise<void> {
    try {
      await Promise.all(this.#bystanders.map((bystander) => bystander.leave()));
      await this.#sleeper?.leave();
      const exit = await this.gateway.stop();
      if (exit !== 0) throw new Failure('exit', `asked to stop, the process ended: ${exit}`);
    } finally {
      await this.kill();
    }
  }

  async kill(): Promise<void> {
    for (const peer of this.#staying.splice(0)) peer.reset();
    await this.gateway.kill();
  }

  #portOf(way: Way): number {
    return this.gateway.port(way === 'tcp' ? 'mqtt' : 'ws');
  }

  async #clearRetained(): Promise<void> {
    const topics = await retainedTopics(this.#redis.client, partitions);
    if (topics.length === 0) return;
    const peer = await Peer.open('tcp', this.#portOf('tcp'));
    let cleared = 0;
    peer.onHeard = (heard) => {
      answer(peer, heard);
      if ('cmd' in heard && heard.cmd === 'puback') cleared++;
    };
    peer.say({ cmd: 'connect', clientId: 'sweeper', protocolVersion: 4, protocolId: 'MQTT', clean: true });
    await peer.when(() => peer.isGreeted || peer.isClosed, this.#deadlineMs);
    for (const [at, topic] of topics.entries()) {
      peer.sayBytes(bytesOf(publishPacket(topic.toString(), '', 1, (at % 65_535) + 1, { retain: true }), 4));
    }
    if (!(await peer.when(() => cleared === topics.length || peer.isClosed, this.#deadlineMs)))
      throw new Failure('hang', `${topics.length - cleared} retained messages are not cleared`);
    await end([peer], this.#deadlineMs);
    const left = await retainedTopics(this.#redis.client, partitions);
    if (left.length > 0) throw new Failure('leftover', `retained ${JSON.stringify(left.join('\n'))}`);
  }
}
