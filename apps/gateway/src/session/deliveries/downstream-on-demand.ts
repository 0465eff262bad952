import type { QueueState } from '@tributary/backplane';
import type { Delivery } from '../../routing/delivery.ts';
import type { SessionStart } from '../session-start.ts';
import type { Downstream } from './downstream.ts';
import type { UnfinishedFeeds } from './unfinished-feeds.ts';

/** The downstream of one connected session, made at the first need: most devices only send. */
export class DownstreamOnDemand {
  readonly #unfinished: UnfinishedFeeds;
  readonly #make: (state: QueueState | undefined) => Downstream;
  /** Of the session's queue in Redis; undefined for a session that ends with its connection. */
  readonly #state: QueueState | undefined;
  readonly #clientId: string;
  readonly #isResumed: boolean;
  #opened: Downstream | undefined;
  #hasEnded = false;

  constructor(
    start: SessionStart,
    unfinished: UnfinishedFeeds,
    make: (state: QueueState | undefined) => Downstream,
  ) {
    this.#clientId = start.clientId;
    this.#isResumed = start.isResumed;
    this.#state = start.isPersistent ? start.queue : undefined;
    this.#unfinished = unfinished;
    this.#make = make;
  }

  get opened(): Downstream | undefined {
    return this.#opened;
  }
  open(): Downstream {
    return (this.#opened ??= this.#make(this.#state));
  }

  /** Redis has all that the device acknowledged. */
  get isSettled(): boolean {
    return this.#opened?.deliveries.isSettled ?? true;
  }
  /** The highest entry of the queue that may have been sent to the device. */
  get sent(): number {
    return this.#opened?.sent ?? this.#state?.sent ?? 0;
  }

  /** Redis has a new entry of the queue. */
  queued(n: number, delivery: Delivery): void {
    if (this.#hasQueue) this.open().queued(n, delivery);
  }

  /** Goes on with what an earlier connection of the session left: called once, when the device has its welcome. */
  resume(): void {
    const state = this.#state;
    if (state === undefined || this.#hasEnded) return;
    // A new session has nothing to do with what an earlier one of the client id had not got.
    if (!this.#isResumed) this.#unfinished.take(this.#clientId);
    const hasLeft = state.length > 0 || state.awaitingComplete.length > 0;
    if (hasLeft || this.#unfinished.has(this.#clientId)) this.open().resume();
  }

  /** The queue may have entries that this node was not told of. */
  look(): void {
    if (this.#hasQueue) this.open().look();
  }

  /** The connection has ended. */
  end(): void {
    this.#hasEnded = true;
    this.#opened?.end();
  }

  get #hasQueue(): boolean {
    return this.#state !== undefined && !this.#hasEnded;
  }
}
