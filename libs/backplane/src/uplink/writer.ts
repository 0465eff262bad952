import { UplinkBatch } from './batch.ts';
import { EntryKind, Outcome, type UplinkChannel } from './channel.ts';
import { ClassQueues, type ClassRank } from './class-queues.ts';
import type { ClassShares } from './deficit-round-robin.ts';
import type { EntryExtras } from './entry-extras.ts';
import { type LinkOptions, UplinkLink } from './link.ts';
import { linkErrorCodes } from '../link-errors.ts';
import type { UplinkMessage } from './message.ts';
import { type ReplicaDemand, ReplicaHold } from './replica-hold.ts';
import { ReplyType } from './resp-reader.ts';

export interface WriterOptions extends LinkOptions {
  /** With something sent and no reply for so long, the link is given up. */
  readonly replyTimeoutMs: number;
  /** A flush holds about so many bytes at the most. */
  readonly maxFlushBytes: number;
  readonly shares: ClassShares;
  /** Each flush ends in a WAIT, and counts as stored when so many replicas have it. Undefined: the master is enough. */
  readonly replicas?: ReplicaDemand | undefined;
  /** Monotonic clock in ms. */
  readonly monotonic: () => number;
}

export interface WriterEvents {
  onUp(): void;
  /** `why` in words for the log. */
  onDown(why: string): void;
  /** After the settlements of one chunk of replies, or of a lost link: the place to write what they caused. */
  onSettledChunk(): void;
  /** Redis refused a message for a reason of its own (`OOM`, …); its text. */
  onRefused(reply: string): void;
  /** `count` messages were stored, the first of which had waited `ms`. */
  onLatency(count: number, ms: number): void;
}

/** What waits to be stored, of one class or of all. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Writes the uplink of all devices of one Redis master (bench/src/micro/uplink-writer.ts says why not with ioredis): gathers entries for one turn of the event loop, and for as long
 * as a flush is unanswered: one at a time, so that a flush is what the last round trip gathered. Writes each flush at once,
 * every class with its share; judges every reply; and sends again, in order and before anything else, what a lost link or a
 * link-level error left unstored.
 *
 * Every appended entry is settled exactly once; those of a channel that are stored, in the order of appending.
 */
export class UplinkWriter {
  readonly #options: WriterOptions;
  readonly #events: WriterEvents;
  readonly #link: UplinkLink;
  /** Not yet sent. */
  readonly #queues: ClassQueues;
  readonly #hold: ReplicaHold | undefined;
  /** What an entry is that the master has: with replicas it depends on them. */
  #storedAs: Outcome = Outcome.STORED;
  /** To be sent again, oldest first, before what is gathered. */
  readonly #again: UplinkBatch[] = [];
  /** The flush that is sent and not wholly answered, oldest first. */
  readonly #unanswered: UplinkBatch[] = [];
  /** Refused at link level or never answered, waiting for the link to be quiet: pairs of batch and index. */
  #unstored: { batch: UplinkBatch; index: number }[] = [];
  /** A link-level error was read: nothing more is sent until all replies are in. */
  #isQuieting = false;
  #isFlushDue = false;
  #lastProgress = 0;
  #queuedBytes = 0;
  #queuedCount = 0;
  #flushes = 0;
  #watchdog: NodeJS.Timeout | undefined;
  readonly #onTurnEnd = (): void => {
    this.#isFlushDue = false;
    this.#flush();
  };

  constructor(options: WriterOptions, events: WriterEvents) {
    this.#options = options;
    this.#events = events;
    this.#queues = new ClassQueues(options.maxFlushBytes, options.shares, options.monotonic);
    this.#hold = options.replicas === undefined ? undefined : new ReplicaHold(options.replicas);
    this.#link = new UplinkLink(options, {
      onOpen: () => this.#onOpen(),
      onReply: (type, bytes, start, end) => this.#onReply(type, bytes, start, end),
      onChunkEnd: () => this.#onChunkEnd(),
      onDown: (why) => this.#onDown(why),
    });
  }

  /** Whether entries are being written now. While not, QoS 0 has no business here. */
  get isUp(): boolean {
    return this.#link.isOpen && !this.#isQuieting;
  }
  /** Bytes of commands gathered or unanswered. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }
  /** Entries gathered or unanswered. */
  get queuedCount(): number {
    return this.#queuedCount;
  }
  /** Flushes written since the start. */
  get flushes(): number {
    return this.#flushes;
  }

  /** What waits of the class of `rank`: gathered or unanswered. */
  backlogOf(rank: ClassRank): Backlog {
    const batches = [
      ...this.#queues.waiting(rank),
      ...this.#unanswered.filter((batch) => batch.rank === rank),
    ];
    return {
      messages: batches.reduce((sum, { count, answered }) => sum + count - answered, 0),
      bytes: batches.reduce((sum, { byteLength }) => sum + byteLength, 0),
    };
  }

  /** Devices of several classes are connected, so that none of them should wait long behind another. */
  set isShared(isShared: boolean) {
    this.#queues.isShared = isShared;
  }
  /** Holds from the next flush on. */
  set shares(shares: ClassShares) {
    this.#queues.shares = shares;
  }

  /**
   * The device is of another class from now on. Raised, it takes along what it has queued; on the way down its messages
   * keep their place until none of them is queued.
   */
  move(channel: UplinkChannel, rank: ClassRank): void {
    this.#queues.move(channel, rank);
  }

  start(): void {
    this.#link.start();
    const interval = Math.max(50, this.#options.replyTimeoutMs / 5);
    this.#watchdog = setInterval(() => this.#watch(), interval);
    this.#watchdog.unref();
  }

  /** Ends at once: what is unanswered is settled as failed or unknown. Idempotent. */
  close(): void {
    clearInterval(this.#watchdog);
    this.#link.close();
    this.#abandonUnanswered();
    for (const { batch, index } of this.#unstored) this.#settle(batch, index, Outcome.FAILED);
    this.#unstored = [];
    for (const batch of [...this.#again.splice(0), ...this.#queues.drain()]) {
      for (let i = 0; i < batch.count; i++) this.#settle(batch, i, Outcome.FAILED);
    }
    this.#queuedBytes = 0;
    this.#events.onSettledChunk();
  }

  /** Appends a message of `channel`; see UplinkBatch.appendMessage. */
  appendMessage(
    channel: UplinkChannel,
    message: UplinkMessage,
    token: number,
    seq: number,
    now: number,
    extras: EntryExtras | undefined,
    isUnrouted: boolean,
  ): void {
    const batch = this.#queues.open(channel);
    const before = batch.byteLength;
    batch.appendMessage(channel, message, token, seq, now, extras, isUnrouted);
    this.#appended(batch, before);
  }

  /** Appends the removal of the receive record of `packetId`; settled as the others are. */
  appendRelease(channel: UplinkChannel, token: number, packetId: number): void {
    const batch = this.#queues.open(channel);
    const before = batch.byteLength;
    batch.appendRelease(channel, token, packetId);
    this.#appended(batch, before);
  }

  #appended(batch: UplinkBatch, before: number): void {
    this.#queuedBytes += batch.byteLength - before;
    this.#queuedCount++;
    if (!this.#isFlushDue && this.#unanswered.length === 0) {
      this.#isFlushDue = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  #flush(): void {
    if (!this.isUp || this.#unanswered.length > 0) return;
    if (this.#again.length > 0) this.#unanswered.push(...this.#again.splice(0));
    else this.#queues.take(this.#unanswered);
    if (this.#unanswered.length === 0) return;
    this.#lastProgress = this.#options.monotonic();
    this.#flushes++;
    if (this.#hold === undefined) this.#link.write(this.#unanswered);
    else this.#writeHeld(this.#hold);
  }

  #writeHeld(hold: ReplicaHold): void {
    hold.begin(this.#unanswered.reduce((sum, { count }) => sum + count, 0));
    this.#link.write([...this.#unanswered, hold.command]);
  }

  #onOpen(): void {
    this.#events.onUp();
    this.#flush();
  }

  #onReply(type: number, bytes: Buffer, start: number, end: number): void {
    if (this.#hold === undefined) this.#judge(type, bytes, start, end);
    else this.#onHeldReply(this.#hold, type, bytes, start, end);
  }

  /** Nothing is judged before WAIT is answered. */
  #onHeldReply(hold: ReplicaHold, type: number, bytes: Buffer, start: number, end: number): void {
    const verdict = hold.take(type, bytes, start, end);
    if (verdict === undefined) return;
    if (verdict === 'refused') this.#events.onRefused(bytes.toString('latin1', start, end));
    this.#storedAs = verdict === 'enough' ? Outcome.STORED : Outcome.NOT_REPLICATED;
    hold.release((kept, text) => this.#judge(kept, text, 0, text.length));
  }

  #judge(type: number, bytes: Buffer, start: number, end: number): void {
    const batch = this.#unanswered[0];
    if (batch === undefined) throw new Error('a reply to nothing');
    const index = batch.answered++;
    if (type === ReplyType.ERROR) this.#judgeError(batch, index, bytes.toString('latin1', start, end));
    else if (batch.channels[index]!.hasHole) this.#breakOrder(batch, index);
    else if (type === ReplyType.INTEGER && bytes[start] === 0x30) this.#settle(batch, index, Outcome.FENCED);
    else if (type === ReplyType.INTEGER && bytes[start] === 0x2d) this.#settle(batch, index, Outcome.FAILED);
    else this.#settle(batch, index, this.#storedAs);
    if (batch.answered === batch.count) this.#finish(batch);
  }

  #judgeError(batch: UplinkBatch, index: number, reply: string): void {
    const code = reply.slice(0, reply.indexOf(' ') >>> 0);
    if (linkErrorCodes.has(code)) {
      this.#isQuieting = true;
      this.#quietingWhy = reply;
      this.#keepUnstored(batch, index);
      return;
    }
    this.#events.onRefused(reply);
    this.#settle(batch, index, Outcome.FAILED);
  }
  #quietingWhy = '';

  /** An unstored entry: QoS 0 is not worth a second try, all else is sent again in order. */
  #keepUnstored(batch: UplinkBatch, index: number): void {
    const channel = batch.channels[index]!;
    if (batch.kinds[index] === EntryKind.QOS0) {
      this.#settle(batch, index, Outcome.FAILED);
    } else {
      channel.hasHole = true;
      this.#unstored.push({ batch, index });
    }
  }

  /** Stored behind one that was not: the order is beyond repair, so the device must repeat it. */
  #breakOrder(batch: UplinkBatch, index: number): void {
    batch.channels[index]!.isBroken = true;
    this.#settle(batch, index, Outcome.STORED);
  }

  #settle(batch: UplinkBatch, index: number, outcome: Outcome): void {
    const channel = batch.channels[index]!;
    const kind = batch.kinds[index]!;
    this.#queuedCount--;
    if (isLost(outcome) && kind !== EntryKind.QOS0) channel.isBroken = true;
    const isStored = outcome === Outcome.STORED;
    if (isStored && kind !== EntryKind.RELEASE) batch.stored++;
    channel.onSettled(kind, batch.tokens[index]!, this.#told(channel, kind, outcome));
  }

  #told({ isBroken }: UplinkChannel, kind: EntryKind, outcome: Outcome): Outcome {
    // QoS 0 is not acknowledged: that the master has it is all it asks.
    if (kind === EntryKind.QOS0) return outcome === Outcome.NOT_REPLICATED ? Outcome.STORED : outcome;
    return outcome === Outcome.STORED && isBroken ? Outcome.FAILED : outcome;
  }

  #finish(batch: UplinkBatch): void {
    this.#unanswered.shift();
    this.#queuedBytes -= batch.byteLength;
    if (batch.stored > 0) this.#events.onLatency(batch.stored, this.#options.monotonic() - batch.firstAt);
    // A batch with unstored entries is still read from; the collector takes it later.
    if (this.#unstored.length === 0) this.#queues.recycle(batch);
  }

  #onChunkEnd(): void {
    this.#lastProgress = this.#options.monotonic();
    if (this.#isQuieting) {
      // onDown finishes: what is unstored goes first again, behind a freshly prepared connection.
      if (this.#unanswered.length === 0) this.#link.reset(this.#quietingWhy);
    } else {
      this.#link.confirmHealthy();
    }
    this.#events.onSettledChunk();
    this.#flush();
  }

  #onDown(why: string): void {
    this.#abandonUnanswered();
    this.#isQuieting = false;
    this.#sendAgainFirst();
    this.#events.onSettledChunk();
    this.#events.onDown(why);
  }

  /** No reply will come: QoS 0 stays unknown; the rest may or may not be stored and is sent again. */
  #abandonUnanswered(): void {
    for (const batch of this.#unanswered.splice(0)) {
      this.#queuedBytes -= batch.byteLength;
      for (let index = batch.answered; index < batch.count; index++) {
        // Perhaps stored, and behind one that was not: the order is beyond repair here too.
        const { hasHole } = batch.channels[index]!;
        if (hasHole) batch.channels[index]!.isBroken = true;
        if (batch.kinds[index] === EntryKind.QOS0) this.#settle(batch, index, Outcome.UNKNOWN);
        else if (hasHole) this.#settle(batch, index, Outcome.FAILED);
        else this.#unstored.push({ batch, index });
      }
    }
  }

  #sendAgainFirst(): void {
    for (const { batch, index } of this.#unstored) {
      const channel = batch.channels[index]!;
      channel.hasHole = false;
      if (channel.isBroken) {
        this.#settle(batch, index, Outcome.FAILED);
        continue;
      }
      let last = this.#again.at(-1);
      if (last === undefined || last.byteLength >= this.#options.maxFlushBytes) {
        last = new UplinkBatch();
        last.firstAt = batch.firstAt;
        this.#again.push(last);
      }
      const before = last.byteLength;
      last.appendFrom(batch, index);
      this.#queuedBytes += last.byteLength - before;
    }
    this.#unstored = [];
  }

  #watch(): void {
    if (this.#unanswered.length === 0) return;
    const silentMs = this.#options.monotonic() - this.#lastProgress;
    if (silentMs > this.#options.replyTimeoutMs) this.#link.reset(`no reply for ${Math.round(silentMs)} ms`);
  }
}

/** Whether the device is told that it was not stored as it asked. */
const isLost = (outcome: Outcome): boolean =>
  outcome === Outcome.FAILED || outcome === Outcome.NOT_REPLICATED;
