import type { Keys } from '../keys.ts';
import { parseRedisUrl } from '../redis-address.ts';
import { EntryKind, Outcome, UplinkChannel } from '../uplink/channel.ts';
import { wholeMessage } from '../uplink/message.ts';
import { UplinkWriter } from '../uplink/writer.ts';
import type { WriterOptions } from '../uplink/writer-options.ts';
import { until } from './until.ts';

/** A settlement as text, `STORED QOS1 7`, so that a failure is readable. */
export type Settlement = string;

const kindNames = Object.keys(EntryKind);
const outcomeNames = Object.keys(Outcome);

/** A writer with its settlements written down. */
export class WriterDesk {
  readonly writer: UplinkWriter;
  readonly refusals: string[] = [];
  readonly downs: string[] = [];
  ups = 0;
  readonly #keys: Keys;

  constructor(url: string, keys: Keys, options: Partial<WriterOptions> = {}) {
    this.#keys = keys;
    this.writer = new UplinkWriter(
      {
        ...{ address: parseRedisUrl(url), name: 'writer-test', connectTimeoutMs: 1000, replyTimeoutMs: 5000 },
        ...{ maxFlushBytes: 4_194_304, monotonic: () => performance.now() },
        shares: { weights: [60, 30, 10], flushBytes: 262_144 },
        ...options,
      },
      {
        onUp: () => this.ups++,
        onDown: (why) => this.downs.push(why),
        onSettledChunk: () => undefined,
        onRefused: (reply) => this.refusals.push(reply),
        onLatency: () => undefined,
      },
    );
  }

  async started(): Promise<this> {
    this.writer.start();
    await until('the writer to be up', () => this.writer.isUp);
    return this;
  }

  device(clientId: string, epoch: number): DeviceDesk {
    return new DeviceDesk(this.writer, this.#keys, clientId, epoch);
  }

  /** Waits until everything appended is settled. */
  async settled(): Promise<void> {
    await until(`${this.writer.queuedCount} entries to be settled`, () => this.writer.queuedCount === 0);
  }
}

/** One device's epoch that appends, and writes down what becomes of it. */
export class DeviceDesk {
  readonly settlements: Settlement[] = [];
  readonly channel: UplinkChannel;
  readonly #writer: UplinkWriter;
  #seq = 0;

  constructor(writer: UplinkWriter, keys: Keys, clientId: string, epoch: number) {
    this.#writer = writer;
    this.channel = new UplinkChannel(keys, clientId, epoch, 1_000_000, (kind, token, outcome) => {
      this.settlements.push(`${outcomeNames[outcome]} ${kindNames[kind]} ${token}`);
    });
  }

  /** Sends the next message; its `seq` is its token unless it has a packet id. Answers the `seq`. */
  send(qos: 0 | 1 | 2, payload: string | Buffer = '', packetId = 0, isUnrouted = false): number {
    const seq = ++this.#seq;
    const message = wholeMessage(qos, packetId, Buffer.from('t'), Buffer.from(payload as string));
    this.#writer.appendMessage(
      this.channel,
      message,
      packetId || seq,
      seq,
      1_700_000_000_000,
      undefined,
      isUnrouted,
    );
    return seq;
  }

  release(packetId: number): void {
    this.#writer.appendRelease(this.channel, packetId, packetId);
  }

  /** Tokens of one outcome, in the order they were told. */
  tokens(outcome: keyof typeof Outcome): number[] {
    return this.settlements
      .filter((line) => line.startsWith(`${outcome} `))
      .map((line) => Number(line.split(' ')[2]));
  }
}
