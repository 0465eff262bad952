/**
 * The rest of a reader that fills its window faster than this, ms. One device that sends as fast as it can so gets a
 * window's worth each time and leaves the processor to the others: docs/decisions/0007-rest-after-a-full-window.md.
 */
export const restMs = 5;

/** A reader that waits for something of the uplink. */
export interface Reader {
  readOn(): void;
}

/** What the node holds. */
export interface Room {
  /** More than its high mark. */
  readonly isSaturated: boolean;
  /** No more than its low mark. */
  readonly isRelieved: boolean;
}

/** Readers of devices that have stopped, and when they go on. */
export class Readers {
  readonly #room: Room;
  /** Those whose own window has room again; they go on after the acknowledgements are written. */
  #ready: Reader[] = [];
  /** Those that filled their window in no time. */
  #resting: Reader[] = [];
  /** Those stopped by the node's high mark, first stopped first. */
  #waiting: Reader[] = [];
  readonly #onRested = (): void => {
    const rested = this.#resting;
    this.#resting = [];
    for (const reader of rested) reader.readOn();
  };
  readonly #readReady = (): void => {
    if (this.#ready.length === 0) return;
    const ready = this.#ready;
    this.#ready = [];
    for (const reader of ready) reader.readOn();
  };

  constructor(room: Room) {
    this.#room = room;
  }

  /** Reads on in `restMs` at the most: for a reader that is faster than its window. */
  onAfterRest(reader: Reader): void {
    if (this.#resting.push(reader) === 1) setTimeout(this.#onRested, restMs);
  }

  /**
   * Reads on once the acknowledgements at hand are written: behind this chunk of replies, or this turn of the loop when what
   * made room was no reply of the uplink.
   */
  onAfterAcks(reader: Reader): void {
    if (this.#ready.push(reader) === 1) setImmediate(this.#readReady);
  }

  /** Reads on when the node is below its low mark, in the order of asking. */
  onWithRoom(reader: Reader): void {
    this.#waiting.push(reader);
  }

  /** The acknowledgements of one chunk of replies are written. */
  afterChunk(): void {
    this.#readReady();
    this.letWaitingOn();
  }

  /** Lets those read on that wait for room, if there is: below the low mark, first stopped first. */
  letWaitingOn(): void {
    if (this.#waiting.length === 0 || !this.#room.isRelieved) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [i, reader] of waiting.entries()) {
      // Full again: the rest keep their places ahead of those who came back.
      if (this.#room.isSaturated) {
        this.#waiting = [...waiting.slice(i), ...this.#waiting];
        return;
      }
      reader.readOn();
    }
  }
}
