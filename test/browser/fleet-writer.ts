import { Keys } from '@tributary/backplane';
import type { Redis } from 'ioredis';

const facts = { protocol: 'mqtt5', transport: 'tcp', listener: 'mqtt', class: 'standard', keepAlive: 60 };

/** Writes what a gateway node writes for the page to show: its record and beat, devices, samples, statistics. */
export class FleetWriter {
  readonly #redis: Redis;
  readonly #keys = new Keys('tributary', 4);
  readonly #node = 'gw-1.aa11bb22';
  readonly #sent = new Map<string, number>();
  readonly #epochs = new Map<string, number>();
  #beat = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Beats and reports once a second until `stop`. */
  async start(): Promise<void> {
    await this.#redis.hset(this.#keys.meta, { partitions: 4 });
    await this.#redis.hset(this.#keys.nodes, this.#node, '{}');
    await this.#report();
    this.#timer = setInterval(() => void this.#report().catch(() => undefined), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async connect(device: string): Promise<void> {
    const epoch = (this.#epochs.get(device) ?? 0) + 1;
    this.#epochs.set(device, epoch);
    const ts = Date.now();
    const fields = { ...facts, node: this.#node, address: '10.0.0.7:50123' };
    await this.#redis.hset(this.#recordOf(device), {
      ...{ state: 'online', epoch, firstSeen: ts, connectedAt: ts, lastSeen: ts, connects: epoch, ...fields },
    });
    await this.#event(device, { type: 'connected', epoch, ts, ...fields });
  }

  async disconnect(device: string): Promise<void> {
    const [epoch, ts] = [this.#epochs.get(device) ?? 1, Date.now()];
    const reason = 'keep-alive-timeout';
    await this.#redis.hset(this.#recordOf(device), { state: 'offline', disconnectedAt: ts, reason });
    const messages = this.#sent.get(device) ?? 0;
    await this.#event(device, {
      type: 'disconnected',
      epoch,
      ts,
      node: this.#node,
      reason,
      by: 'network',
      messages,
    });
  }

  /** A sample in which the device has sent `messages` more, two seconds after the one before. */
  async sample(device: string, messages: number, ts: number): Promise<void> {
    const total = (this.#sent.get(device) ?? 0) + messages;
    this.#sent.set(device, total);
    const line = [device, this.#epochs.get(device) ?? 1, total, 100 * total, ts];
    await this.#redis.xadd(
      this.#keys.nodeSamples(this.#node),
      '*',
      'ts',
      ts,
      'devices',
      JSON.stringify([line]),
    );
  }

  async #report(): Promise<void> {
    await this.#redis.hset(this.#keys.nodeRecord(this.#node), {
      ...{
        id: 'gw-1',
        incarnation: 'aa11bb22',
        host: 'testhost',
        pid: 1,
        version: '0.1.0',
        startedAt: Date.now(),
      },
      ...{ beat: ++this.#beat, state: 'ready', durability: 'always' },
      listeners: JSON.stringify([{ name: 'mqtt', protocol: 'mqtt', address: '127.0.0.1', port: 21883 }]),
    });
    const counters = {
      messagesIn: 120 * this.#beat,
      stored: 120 * this.#beat,
      connections: this.#epochs.size,
    };
    const flat = Object.entries(counters).flatMap(([name, value]) => [name, String(value)]);
    await this.#redis.xadd(this.#keys.nodeStats(this.#node), '*', ...flat);
  }

  async #event(device: string, fields: Record<string, string | number>): Promise<void> {
    const flat = Object.entries({ device, ...fields }).flatMap(([name, value]) => [name, String(value)]);
    await this.#redis.xadd(this.#keys.events(this.#keys.partitionOf(device)), '*', ...flat);
  }

  #recordOf(device: string): string {
    return this.#keys.device(this.#keys.partitionOf(device), device);
  }
}
