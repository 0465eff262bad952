import type { UplinkBatch } from './batch.ts';
import { Outcome, type UplinkChannel } from './channel.ts';
import { ClassQueues, type ClassRank } from './class-queues.ts';
import type { ClassShares } from './deficit-round-robin.ts';
import type { EntryExtras } from './entry-extras.ts';
import { Flight } from './flight.ts';
import { UplinkLink } from './link.ts';
import type { UplinkMessage } from './message.ts';
import { ReplyJudge } from './reply-judge.ts';
import { ReplyWatch } from './reply-watch.ts';
import { Settlement } from './settlement.ts';
import { Unstored } from './unstored.ts';
import { type Backlog, backlogIn, type WriterEvents, type WriterOptions } from './writer-options.ts';

/**
 * Writes the uplink of all devices of one Redis master (bench/src/micro/uplink-writer.ts says why not with ioredis): gathers
 * entries for one turn of the event loop, and for as long as a flush is unanswered: one at a time, so that a flush is what
 * the last round trip gathered. Writes each flush at once, every class with its share; has every reply judged; and sends
 * again, in order and before anything else, what a lost link or a link-level error left unstored.
 *
 * Every appended entry is settled exactly once; those of a channel that are stored, in the order of appending.
 */
export class UplinkWriter {
  readonly #options: WriterOptions;
  readonly #events: WriterEvents;
  readonly #link: UplinkLink;
  /** Not yet sent. */
  readonly #queues: ClassQueues;
  readonly #settlement = new Settlement();
  readonly #unstored: Unstored;
  readonly #judge: ReplyJudge;
  /** To be sent again, oldest first, before what is gathered. */
  readonly #again: UplinkBatch[] = [];
  readonly #flight: Flight;
  readonly #watch: ReplyWatch;
  #isFlushDue = false;
  #queuedBytes = 0;
  #appendedCount = 0;
  #flushes = 0;
  readonly #onTurnEnd = (): void => {
    this.#isFlushDue = false;
    this.#flush();
  };

  constructor(options: WriterOptions, events: WriterEvents) {
    this.#options = options;
    this.#events = events;
    this.#queues = new ClassQueues(options.maxFlushBytes, options.shares, options.monotonic);
    this.#unstored = new Unstored(this.#settlement, options.maxFlushBytes);
    this.#judge = new ReplyJudge(this.#settlement, this.#unstored, (reply) => events.onRefused(reply));
    this.#flight = new Flight(this.#judge, options.replicas, (batch) => this.#onAnswered(batch));
    this.#watch = new ReplyWatch(options.replyTimeoutMs, options.monotonic);
    this.#link = new UplinkLink(options, {
      onOpen: () => this.#onOpen(),
      onReply: (type, bytes, start, end) => this.#flight.answer(type, bytes, start, end),
      onChunkEnd: () => this.#onChunkEnd(),
      onDown: (why) => this.#onDown(why),
    });
  }

  /** Whether entries are being written now. While not, QoS 0 has no business here. */
  get isUp(): boolean {
    return this.#link.isOpen && this.#judge.linkError === undefined;
  }
  /** Bytes of commands gathered or unanswered. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }
  /** Entries gathered or unanswered. */
  get queuedCount(): number {
    return this.#appendedCount - this.#settlement.count;
  }
  /** Flushes written since the start. */
  get flushes(): number {
    return this.#flushes;
  }

  /** What waits of the class of `rank`: gathered or unanswered. */
  backlogOf(rank: ClassRank): Backlog {
    const sent = this.#flight.batches.filter((batch) => batch.rank === rank);
    return backlogIn([...this.#queues.waiting(rank), ...sent]);
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
    this.#watch.start(
      () => !this.#flight.isEmpty,
      (why) => this.#link.reset(why),
    );
  }

  /** Ends at once: what is unanswered is settled as failed or unknown. Idempotent. */
  close(): void {
    this.#watch.stop();
    this.#link.close();
    this.#abandonUnanswered();
    this.#unstored.failAll();
    for (const batch of [...this.#again.splice(0), ...this.#queues.drain()])
      this.#settlement.settleAll(batch, Outcome.FAILED);
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
    this.#appendedCount++;
    if (!this.#isFlushDue && this.#flight.isEmpty) {
      this.#isFlushDue = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  #flush(): void {
    const { batches } = this.#flight;
    if (!this.isUp || batches.length > 0) return;
    if (this.#again.length > 0) batches.push(...this.#again.splice(0));
    else this.#queues.take(batches);
    if (batches.length === 0) return;
    this.#watch.progressed();
    this.#flushes++;
    this.#flight.write(this.#link);
  }

  #onOpen(): void {
    this.#events.onUp();
    this.#flush();
  }

  #onAnswered(batch: UplinkBatch): void {
    this.#queuedBytes -= batch.byteLength;
    if (batch.stored > 0) this.#events.onLatency(batch.stored, this.#options.monotonic() - batch.firstAt);
    // A batch with unstored entries is still read from; the collector takes it later.
    if (this.#unstored.isEmpty) this.#queues.recycle(batch);
  }

  #onChunkEnd(): void {
    this.#watch.progressed();
    const { linkError } = this.#judge;
    if (linkError === undefined) this.#link.confirmHealthy();
    // onDown finishes: what is unstored goes first again, behind a freshly prepared connection.
    else if (this.#flight.isEmpty) this.#link.reset(linkError);
    this.#events.onSettledChunk();
    this.#flush();
  }

  #onDown(why: string): void {
    this.#abandonUnanswered();
    this.#judge.linkError = undefined;
    this.#sendAgainFirst();
    this.#events.onSettledChunk();
    this.#events.onDown(why);
  }

  /** No reply will come. */
  #abandonUnanswered(): void {
    for (const batch of this.#flight.batches.splice(0)) {
      this.#queuedBytes -= batch.byteLength;
      this.#unstored.abandon(batch);
    }
  }

  #sendAgainFirst(): void {
    for (const batch of this.#unstored.takeAgain()) {
      this.#queuedBytes += batch.byteLength;
      this.#again.push(batch);
    }
  }
}
