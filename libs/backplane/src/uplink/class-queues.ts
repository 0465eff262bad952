import { serviceClasses } from '@tributary/protocol';
import { UplinkBatch } from './batch.ts';
import type { UplinkChannel } from './channel.ts';
import { type ClassShares, DeficitRoundRobin, piecesInFlush } from './deficit-round-robin.ts';

/** Place of a class in `serviceClasses`: 0 is the most important. */
export type ClassRank = number;

const maxSpares = 8;
/** Of those that keep the buffers of large flushes: one is sent while the other gathers. */
const maxLargeSpares = 2;
/** Raising devices looks at all that is queued: it takes this share of the time at the most, however many are raised. */
const raisingShare = 0.1;

/**
 * What waits to be sent, one queue for each service class, first come first sent within a class. When more waits than one
 * flush holds, each class gets its share of it.
 *
 * A device stands in exactly one queue. A raise moves all it has queued to the end of a more important one, before the next
 * flush; on the way down it stays until nothing of it is queued. So its messages leave in the order they came.
 */
export class ClassQueues {
  readonly #maxFlushBytes: number;
  readonly #monotonic: () => number;
  readonly #queues: readonly UplinkBatch[][] = serviceClasses.map(() => []);
  readonly #roundRobin = new DeficitRoundRobin(this.#queues);
  /** Channels that are to stand elsewhere and had something queued when that was asked. */
  readonly #moving = new Set<UplinkChannel>();
  /** Used by turns, so that none keeps for long what it does not need. */
  readonly #spares: UplinkBatch[] = [];
  #shares: ClassShares;
  #isShared = false;
  /** Bytes at which a batch takes no more. */
  #batchLimit: number;
  #serial = 0;
  #nextRaiseMs = -Infinity;

  constructor(maxFlushBytes: number, shares: ClassShares, monotonic: () => number) {
    this.#maxFlushBytes = maxFlushBytes;
    this.#shares = shares;
    this.#monotonic = monotonic;
    this.#batchLimit = maxFlushBytes;
  }

  /** From the next flush on. */
  set shares(shares: ClassShares) {
    this.#shares = shares;
    this.#limitBatches();
  }

  /** Devices of several classes are here: flushes are short, so that none waits long behind another. */
  set isShared(isShared: boolean) {
    this.#isShared = isShared;
    this.#limitBatches();
  }

  /** The batch that takes the next entry of `channel`. */
  open(channel: UplinkChannel): UplinkBatch {
    const queue = this.#queues[channel.rank]!;
    const last = queue[queue.length - 1];
    const batch = last !== undefined && last.byteLength < this.#batchLimit ? last : this.#add(channel.rank);
    channel.queuedIn = batch.serial;
    return batch;
  }

  /** From now on the channel stands in the queue of `rank`; on the way down, once nothing of it is queued. */
  move(channel: UplinkChannel, rank: ClassRank): void {
    channel.wantedRank = rank;
    if (this.#hasQueued(channel)) this.#moving.add(channel);
    else stand(channel);
  }

  /** Appends the batches of the next flush to `flush`, the most important first. */
  take(flush: UplinkBatch[]): void {
    if (this.#moving.size > 0) this.#raiseInTime();
    const alone = this.#onlyQueue();
    if (alone !== undefined) this.#takeFrom(alone, flush);
    else this.#roundRobin.take(this.#shares, flush);
    if (this.#moving.size > 0) this.#lower();
  }

  /** Gives back a batch nobody needs any more. */
  recycle(batch: UplinkBatch): void {
    if (this.#spares.length >= maxSpares) return;
    batch.clear();
    if (this.#spares.length >= maxLargeSpares) batch.giveBack();
    this.#spares.push(batch);
  }

  /** Everything that waits, the most important first; nothing waits afterwards. */
  drain(): UplinkBatch[] {
    this.#moving.clear();
    return this.#queues.flatMap((queue) => queue.splice(0));
  }

  /** What waits in the queue of `rank`. */
  waiting(rank: ClassRank): readonly UplinkBatch[] {
    return this.#queues[rank]!;
  }

  #limitBatches(): void {
    this.#batchLimit = this.#isShared ? this.#shares.flushBytes / piecesInFlush : this.#maxFlushBytes;
  }

  #add(rank: ClassRank): UplinkBatch {
    const batch = this.#spares.shift() ?? new UplinkBatch();
    batch.firstAt = this.#monotonic();
    batch.rank = rank;
    batch.serial = ++this.#serial;
    this.#queues[rank]!.push(batch);
    return batch;
  }

  /** What it appended last may still wait: batches leave in the order of their serials. */
  #hasQueued(channel: UplinkChannel): boolean {
    const oldest = this.#queues[channel.rank]![0];
    return oldest !== undefined && channel.queuedIn >= oldest.serial;
  }

  /** The one queue that has anything, or any when none has; undefined when several have. */
  #onlyQueue(): UplinkBatch[] | undefined {
    const queues = this.#queues;
    let alone = queues[0]!;
    for (let rank = 1; rank < queues.length; rank++) {
      const queue = queues[rank]!;
      if (queue.length === 0) continue;
      if (alone.length > 0) return undefined;
      alone = queue;
    }
    return alone;
  }

  #takeFrom(queue: UplinkBatch[], flush: UplinkBatch[]): void {
    this.#roundRobin.forget();
    const limit = this.#isShared ? this.#shares.flushBytes : this.#maxFlushBytes;
    let bytes = 0;
    while (queue.length > 0 && (bytes === 0 || bytes + queue[0]!.byteLength <= limit)) {
      const batch = queue.shift()!;
      bytes += batch.byteLength;
      flush.push(batch);
    }
  }

  /** Those who come too soon stay where they are until the next time, in their order. */
  #raiseInTime(): void {
    const beganMs = this.#monotonic();
    if (beganMs < this.#nextRaiseMs) return;
    this.#raise();
    const tookMs = this.#monotonic() - beganMs;
    this.#nextRaiseMs = beganMs + tookMs / raisingShare;
  }

  /** Brings everything of the channels that are raised into the queues they are raised to, in its order. */
  #raise(): void {
    const isRaised = (channel: UplinkChannel): boolean => channel.wantedRank < channel.rank;
    const raised = [...this.#moving].filter(isRaised);
    for (const channel of raised) channel.queuedIn = 0;
    for (const rank of new Set(raised.map((channel) => channel.rank))) {
      // Not those that came here from a lesser queue a moment ago.
      const isLeaving = (channel: UplinkChannel): boolean => channel.rank === rank && isRaised(channel);
      const queue = this.#queues[rank]!;
      for (const batch of queue) this.#moveOut(batch, isLeaving);
      dropEmpty(queue);
    }
    for (const channel of raised) channel.rank = channel.wantedRank;
    for (const channel of this.#moving) if (channel.wantedRank === channel.rank) this.#moving.delete(channel);
  }

  #moveOut(batch: UplinkBatch, isLeaving: (channel: UplinkChannel) => boolean): void {
    batch.extract(isLeaving, (index) => {
      const channel = batch.channels[index]!;
      const to = this.#lastOf(channel.wantedRank);
      channel.queuedIn = to.serial;
      to.firstAt = Math.min(to.firstAt, batch.firstAt);
      to.appendFrom(batch, index);
    });
  }

  #lastOf(rank: ClassRank): UplinkBatch {
    const last = this.#queues[rank]!.at(-1);
    return last !== undefined && last.byteLength < this.#batchLimit ? last : this.#add(rank);
  }

  /** Those of which nothing is queued any more stand where they should. */
  #lower(): void {
    for (const channel of this.#moving) {
      if (this.#hasQueued(channel)) continue;
      stand(channel);
      this.#moving.delete(channel);
    }
  }
}

/** Nothing of the channel is queued, so it may stand where it should at once. */
function stand(channel: UplinkChannel): void {
  channel.rank = channel.wantedRank;
  channel.queuedIn = 0;
}

function dropEmpty(queue: UplinkBatch[]): void {
  let kept = 0;
  for (const batch of queue) if (batch.count > 0) queue[kept++] = batch;
  queue.length = kept;
}
