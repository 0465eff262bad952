import { EntryKind, type UplinkChannel } from './channel.ts';
import { messageRoom, putMessage, putRelease, releaseRoom } from './encode-entry.ts';
import { encodeExtras, type EntryExtras } from './entry-extras.ts';
import type { UplinkMessage } from './message.ts';
import { putRange } from './resp-bytes.ts';

const initialBytes = 16 * 1024;
/** A buffer above this is given back when a use took less than a quarter of it: a rare burst does not keep its memory. */
const keptBytes = 1024 * 1024;

/**
 * Commands assembled into one buffer, each with what is needed to judge its reply: one flush of the uplink link.
 * Parallel arrays, no object per message; they and the buffer are used again.
 */
export class UplinkBatch {
  readonly channels: UplinkChannel[] = [];
  readonly kinds: EntryKind[] = [];
  readonly tokens: number[] = [];
  /** Where each command begins; it ends where the next begins. */
  readonly starts: number[] = [];
  /** Replies judged so far. */
  answered = 0;
  /** Messages among them that Redis has. */
  stored = 0;
  /** When the first entry came, by the caller's monotonic clock in ms. */
  firstAt = 0;
  /** The class queue it is of; -1: it is sent again. Kept, as the next, by the class queues. */
  rank = -1;
  /** Rises from batch to batch. */
  serial = 0;
  #count = 0;
  #bytes = Buffer.allocUnsafe(initialBytes);
  #at = 0;

  /** Commands in it; the arrays may be longer. */
  get count(): number {
    return this.#count;
  }
  get byteLength(): number {
    return this.#at;
  }
  /** The commands, valid until the batch is cleared. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /**
   * Appends a message; topic and payload are copied. `token` comes back in the settlement; `now` is Unix ms; `isUnrouted`
   * matters at QoS 2 only.
   */
  appendMessage(
    channel: UplinkChannel,
    message: UplinkMessage,
    token: number,
    seq: number,
    now: number,
    extras: EntryExtras | undefined,
    isUnrouted: boolean,
  ): void {
    const encoded = extras === undefined ? undefined : encodeExtras(extras);
    const target = this.#reserve(messageRoom(channel, message, encoded));
    const start = this.#begin(channel, message.qos, token);
    this.#at = putMessage(target, start, channel, message, seq, now, encoded, isUnrouted);
  }

  /** Appends the removal of a QoS 2 receive record. */
  appendRelease(channel: UplinkChannel, token: number, packetId: number): void {
    const target = this.#reserve(releaseRoom(channel));
    const start = this.#begin(channel, EntryKind.RELEASE, token);
    this.#at = putRelease(target, start, channel, packetId);
  }

  /** Appends command `index` of another batch as it stands there. */
  appendFrom(other: UplinkBatch, index: number): void {
    const from = other.starts[index]!;
    const end = other.#endOf(index);
    const target = this.#reserve(end - from);
    const start = this.#begin(other.channels[index]!, other.kinds[index]!, other.tokens[index]!);
    this.#at = putRange(target, start, other.#bytes, from, end);
  }

  /** Takes the commands of some channels out; the others close ranks. `onLeaving` is told of each before it is gone. */
  extract(isLeaving: (channel: UplinkChannel) => boolean, onLeaving: (index: number) => void): void {
    const { count } = this;
    let kept = 0;
    let at = 0;
    for (let index = 0; index < count; index++) {
      if (isLeaving(this.channels[index]!)) {
        onLeaving(index);
        continue;
      }
      const start = this.starts[index]!;
      const end = this.#endOf(index);
      if (kept < index) this.#bytes.copyWithin(at, start, end);
      this.#place(kept++, this.channels[index]!, this.kinds[index]!, this.tokens[index]!, at);
      at += end - start;
    }
    for (const list of [this.channels, this.kinds, this.tokens, this.starts]) list.length = kept;
    this.#count = kept;
    this.#at = at;
  }

  /** Makes it empty for the next use. */
  clear(): void {
    // Nothing here keeps a device that is gone.
    (this.channels as (UplinkChannel | undefined)[]).fill(undefined, 0, this.#count);
    const { length } = this.#bytes;
    if (length > keptBytes && this.#at < length / 4) this.giveBack();
    this.#count = 0;
    this.answered = 0;
    this.stored = 0;
    this.#at = 0;
  }

  /** Lets go of what a large flush took. Only while it is empty. */
  giveBack(): void {
    if (this.#bytes.length <= keptBytes) return;
    this.#bytes = Buffer.allocUnsafe(initialBytes);
    for (const list of [this.channels, this.kinds, this.tokens, this.starts]) list.length = 0;
  }

  #endOf(index: number): number {
    return index + 1 < this.count ? this.starts[index + 1]! : this.#at;
  }

  /** Answers where the command begins. */
  #begin(channel: UplinkChannel, kind: EntryKind, token: number): number {
    this.#place(this.#count++, channel, kind, token, this.#at);
    return this.#at;
  }

  #place(index: number, channel: UplinkChannel, kind: EntryKind, token: number, start: number): void {
    this.channels[index] = channel;
    this.kinds[index] = kind;
    this.tokens[index] = token;
    this.starts[index] = start;
  }

  /** The buffer, with room for `count` bytes more. */
  #reserve(count: number): Buffer {
    const wanted = this.#at + count;
    if (wanted > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#at);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
