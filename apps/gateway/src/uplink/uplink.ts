import {
  type Backlog,
  type ClassRank,
  type ClassShares,
  type EntryExtras,
  type Keys,
  type LinkOptions,
  type OnSettled,
  type ReplicaDemand,
  UplinkChannel,
  type UplinkMessage,
  UplinkWriter,
  type WriterEvents,
  type WriterOptions,
} from '@tributary/backplane';
import { type ServiceClass, serviceClasses } from '@tributary/protocol';
import type { Counters } from '../counters.ts';
import { Readers } from './readers.ts';

/** How the way to Redis is shared between the service classes. */
export interface SharesConfig {
  /** Weights. */
  readonly shares: Readonly<Record<ServiceClass, number>>;
  /** Of one write while devices of several classes are here, about. */
  readonly flushBytes: number;
}

export interface UplinkClasses extends SharesConfig {
  /** What devices wait for whose messages are to be on replicas too. */
  readonly replicas: ReplicaDemand;
}

export interface UplinkOptions extends LinkOptions {
  readonly keys: Keys;
  readonly classes: UplinkClasses;
  readonly replyTimeoutMs: number;
  readonly maxFlushBytes: number;
  /** Queued bytes above which readers pause, and below which they go on. */
  readonly highMarkBytes: number;
  readonly lowMarkBytes: number;
  readonly streamMaxLength: number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
}

export interface UplinkEvents {
  onUp(): void;
  onDown(why: string): void;
  /** The same of the link of devices that wait for replicas. */
  onReplicatedUp(): void;
  onReplicatedDown(why: string): void;
  onRefused(reply: string): void;
  /** Acknowledgements of one chunk of replies are gathered: write them. */
  onSettledChunk(): void;
}

/** Device → stream: what every session appends to, and what stops readers when the node holds too much. */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #writer: UplinkWriter;
  /** For devices that wait for replicas: a link of its own, as a WAIT holds up everything behind it. There when first needed. */
  #replicated: UplinkWriter | undefined;
  readonly #counters: Counters;
  readonly #events: UplinkEvents;
  #shares: ClassShares;
  #isShared = false;
  /** Readers of devices that have stopped. */
  readonly readers = new Readers(this);

  constructor(options: UplinkOptions, counters: Counters, events: UplinkEvents) {
    this.#options = options;
    this.#counters = counters;
    this.#events = events;
    this.#shares = sharesOf(options.classes);
    this.#writer = this.#createWriter({ onUp: events.onUp, onDown: events.onDown });
  }

  get isUp(): boolean {
    return this.#writer.isUp;
  }
  /** The node holds more than its high mark: whoever appends now should stop reading until there is room. */
  get isSaturated(): boolean {
    return this.queuedBytes > this.#options.highMarkBytes;
  }
  /** The same for critical devices: they have a quarter of the mark to themselves. */
  get isFull(): boolean {
    return this.queuedBytes > this.#options.highMarkBytes * 1.25;
  }
  /** No more than its low mark: whoever stopped may go on. */
  get isRelieved(): boolean {
    return this.queuedBytes <= this.#options.lowMarkBytes;
  }
  get queuedBytes(): number {
    return this.#writer.queuedBytes + (this.#replicated?.queuedBytes ?? 0);
  }
  get queuedCount(): number {
    return this.#writer.queuedCount + (this.#replicated?.queuedCount ?? 0);
  }
  get flushes(): number {
    return this.#writer.flushes + (this.#replicated?.flushes ?? 0);
  }

  start(): void {
    this.#writer.start();
  }
  close(): void {
    this.#writer.close();
    this.#replicated?.close();
  }

  #createWriter(
    link: Pick<WriterEvents, 'onUp' | 'onDown'>,
    differs: Partial<WriterOptions> = {},
  ): UplinkWriter {
    const counters = this.#counters;
    const writer = new UplinkWriter(
      { ...this.#options, shares: this.#shares, ...differs },
      {
        ...link,
        onRefused: (reply) => {
          counters.storeErrors++;
          this.#events.onRefused(reply);
        },
        onLatency: (count, ms) => counters.observeLatency(count, ms),
        onSettledChunk: () => this.#afterChunk(),
      },
    );
    writer.isShared = this.#isShared;
    return writer;
  }

  #openReplicated(): UplinkWriter {
    const { name, replyTimeoutMs, classes } = this.#options;
    const writer = this.#createWriter(
      { onUp: this.#events.onReplicatedUp, onDown: this.#events.onReplicatedDown },
      {
        name: `${name}-replicated`,
        replicas: classes.replicas,
        replyTimeoutMs: replyTimeoutMs + classes.replicas.timeoutMs,
      },
    );
    writer.start();
    return writer;
  }

  /** A device's right to write under `epoch`. */
  openChannel(
    clientId: string,
    epoch: number,
    onSettled: OnSettled,
    rank: ClassRank,
    needsReplicas: boolean,
  ): UplinkChannel {
    const { keys, streamMaxLength } = this.#options;
    if (needsReplicas) this.#replicated ??= this.#openReplicated();
    return new UplinkChannel(keys, clientId, epoch, streamMaxLength, onSettled, rank, needsReplicas);
  }

  /** A device keeps to one link for as long as it is connected: so its order holds. */
  #writerOf(channel: UplinkChannel): UplinkWriter {
    return channel.needsReplicas ? this.#replicated! : this.#writer;
  }

  /** The device is of another class now; see UplinkWriter.move. */
  move(channel: UplinkChannel, rank: ClassRank): void {
    this.#writerOf(channel).move(channel, rank);
  }

  /** What waits of the devices of a class. */
  backlogOf(rank: ClassRank): Backlog {
    const plain = this.#writer.backlogOf(rank);
    const replicated = this.#replicated?.backlogOf(rank) ?? { messages: 0, bytes: 0 };
    return { messages: plain.messages + replicated.messages, bytes: plain.bytes + replicated.bytes };
  }

  /** Whether devices of several classes are connected. */
  set isShared(isShared: boolean) {
    this.#isShared = isShared;
    this.#writer.isShared = isShared;
    if (this.#replicated !== undefined) this.#replicated.isShared = isShared;
  }

  /** Other shares, from the next flush on. */
  configureShares(classes: SharesConfig): void {
    this.#shares = sharesOf(classes);
    this.#writer.shares = this.#shares;
    if (this.#replicated !== undefined) this.#replicated.shares = this.#shares;
  }

  /** Appends a message; see UplinkWriter.appendMessage. */
  append(
    channel: UplinkChannel,
    message: UplinkMessage,
    token: number,
    seq: number,
    now: number,
    extras: EntryExtras | undefined,
    isUnrouted: boolean,
  ): void {
    this.#writerOf(channel).appendMessage(channel, message, token, seq, now, extras, isUnrouted);
  }

  /** Appends the removal of a QoS 2 receive record; settled with kind RELEASE and `packetId` as token. */
  release(channel: UplinkChannel, packetId: number): void {
    this.#writerOf(channel).appendRelease(channel, packetId, packetId);
  }

  #afterChunk(): void {
    this.#events.onSettledChunk();
    this.readers.afterChunk();
  }
}

function sharesOf({ shares, flushBytes }: SharesConfig): ClassShares {
  return { weights: serviceClasses.map((name) => shares[name]), flushBytes };
}
