import type { StoredMessage } from '@tributary/backplane';

/** One message on its way to everybody who wants it. */
interface Work {
  readonly message: StoredMessage;
  /** Each step hands it to one of them. */
  readonly steps: Iterator<void>;
  /** How many there are, about. */
  readonly count: number;
  readonly onDone: () => void;
}

/** Steps for one publisher before the next has its turn, and in one turn of the event loop for all. */
const laneSteps = 100;
const turnSteps = 500;
/** Payload bytes waiting above which publishers pause. */
const highMarkBytes = 32 * 1024 * 1024;
/** What a waiting message costs beside its payload, bytes. */
const overheadBytes = 1024;
/** What it costs for each of its subscribers, bytes. */
const targetBytes = 64;

/**
 * Takes messages to their subscribers a few at a time, publisher by publisher: one message for ten thousand of them holds up
 * neither the messages of others nor the event loop, and what waits is the message, not its ten thousand copies. The
 * messages of one publisher keep their order.
 */
export class FanOut {
  /** Publisher → what waits of it, in order. */
  readonly #lanes = new Map<string, Work[]>();
  readonly #hasRoom: () => boolean;
  /** Called when it was saturated and no longer is. */
  readonly #onRoom: () => void;
  #waitingBytes = 0;
  #wasSaturated = false;
  #isDue = false;
  #isClosed = false;
  readonly #onTurn = (): void => {
    this.#isDue = false;
    this.pump();
  };

  /** `hasRoom`: whether what the steps write to takes more now; when it does again, `pump` is to be called. */
  constructor(hasRoom: () => boolean, onRoom: () => void) {
    this.#hasRoom = hasRoom;
    this.#onRoom = onRoom;
  }

  /** So much waits that whoever publishes should pause. */
  get isSaturated(): boolean {
    return this.#waitingBytes > highMarkBytes;
  }

  /** Runs the steps for `message`: at once where they are few and nobody waits, else in turn. */
  run(message: StoredMessage, count: number, steps: Iterator<void>, onDone: () => void): void {
    const work: Work = { message, count, steps, onDone };
    const lane = this.#lanes.get(message.from);
    if (lane === undefined && this.#take(work, laneSteps).isDone) return onDone();
    this.#waitingBytes += bytesOf(work);
    if (this.isSaturated) this.#wasSaturated = true;
    if (lane === undefined) this.#lanes.set(message.from, [work]);
    else lane.push(work);
    this.#schedule();
  }

  /** Goes on where there is room. */
  pump(): void {
    let left = turnSteps;
    for (const [publisher, lane] of this.#lanes) {
      if (left <= 0 || this.#isClosed || !this.#hasRoom()) break;
      this.#lanes.delete(publisher);
      left -= this.#takeOf(lane, Math.min(left, laneSteps));
      // Behind the others: each has its turn.
      if (lane.length > 0) this.#lanes.set(publisher, lane);
    }
    if (this.#lanes.size > 0 && this.#hasRoom()) this.#schedule();
    if (!this.#wasSaturated || this.isSaturated) return;
    this.#wasSaturated = false;
    this.#onRoom();
  }

  /** What waits is given up. */
  close(): void {
    this.#isClosed = true;
    this.#lanes.clear();
  }

  /** @returns how many steps were taken of the messages of a lane, those that are done included */
  #takeOf(lane: Work[], count: number): number {
    let taken = 0;
    while (taken < count && lane.length > 0 && this.#hasRoom()) {
      const { isDone, steps } = this.#take(lane[0]!, count - taken);
      taken += Math.max(1, steps);
      if (!isDone) break;
      this.#finish(lane.shift()!);
    }
    return taken;
  }

  #take({ steps }: Work, count: number): { isDone: boolean; steps: number } {
    for (let n = 0; n < count; n++) {
      if (!this.#hasRoom()) return { isDone: false, steps: n };
      if (steps.next().done === true) return { isDone: true, steps: n };
    }
    return { isDone: false, steps: count };
  }

  #finish(work: Work): void {
    this.#waitingBytes -= bytesOf(work);
    work.onDone();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(this.#onTurn);
  }
}

function bytesOf({ message, count }: Work): number {
  return message.payload.length + overheadBytes + count * targetBytes;
}
