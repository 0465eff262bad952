export interface HoldLimits {
  /** Of all held messages of a node. */
  readonly maxBytes: number;
  /** Of one device. */
  readonly maxTopics: number;
}

/** What held messages of a node may take together. */
export class HoldRoom {
  limits: HoldLimits;
  #bytes = 0;

  constructor(limits: HoldLimits) {
    this.limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.limits.maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What a held message costs besides its bytes: the map's entry and the objects. */
const overheadBytes = 200;

interface Entry<T> {
  readonly message: T;
  readonly bytes: number;
}

/** The latest message of each topic of one device, in the order they came. Bounded in topics, and by the node's room. */
export class Latest<T> {
  readonly #room: HoldRoom;
  readonly #held = new Map<string, Entry<T>>();

  constructor(room: HoldRoom) {
    this.#room = room;
  }

  get count(): number {
    return this.#held.size;
  }

  /**
   * Keeps `message` in place of the one before on the topic. Answers what is lost for it: the one before, or `message` itself
   * where there is no room for it; undefined when nothing is.
   */
  hold(topic: string, message: T, payloadBytes: number): T | undefined {
    const before = this.#held.get(topic);
    if (before === undefined && this.#held.size >= this.#room.limits.maxTopics) return message;
    const bytes = payloadBytes + topic.length * 2 + overheadBytes;
    if (before !== undefined) this.#room.giveBack(before.bytes);
    if (!this.#room.take(bytes)) {
      if (before !== undefined) this.#room.take(before.bytes);
      return message;
    }
    // Behind the others: what is handed on later keeps the order in which it came.
    this.#held.delete(topic);
    this.#held.set(topic, { message, bytes });
    return before?.message;
  }

  /** Takes all out, oldest first. */
  takeAll(): T[] {
    const entries = [...this.#held.values()];
    this.#held.clear();
    for (const { bytes } of entries) this.#room.giveBack(bytes);
    return entries.map(({ message }) => message);
  }
}
