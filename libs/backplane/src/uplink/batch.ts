import { EntryKind, type UplinkChannel } from './channel.ts';

/** Fields that few messages have; absent for the many that have none of them. */
export interface EntryExtras {
  readonly retain?: boolean;
  readonly contentType?: string;
  /** JSON of MessageProperties. */
  readonly props?: string;
}

const initialBytes = 16 * 1024;
/** Above this a buffer is given back rather than used again. */
const keptBytes = 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const topicField = Buffer.from('$5\r\ntopic\r\n$');

/** `*N\r\n` for the argument counts in use: 20 of a plain entry, 26 of the script, 2 more of a class, up to 6 more of extras. */
const arrayHeads: readonly Buffer[] = Array.from({ length: 40 }, (_, n) => Buffer.from(`*${n}\r\n`));

/** `qos` and `ts` with their values and the name of `payload`, made anew once a millisecond for each QoS. */
class TimedFields {
  #now = -1;
  readonly #byQos: Buffer[] = [];

  of(qos: number, now: number): Buffer {
    if (now !== this.#now) {
      this.#now = now;
      this.#byQos.length = 0;
    }
    const ts = String(now);
    return (this.#byQos[qos] ??= Buffer.from(
      `\r\n$3\r\nqos\r\n$1\r\n${qos}\r\n$2\r\nts\r\n$${ts.length}\r\n${ts}\r\n$7\r\npayload\r\n$`,
    ));
  }
}
const timedFields = new TimedFields();

/**
 * Commands assembled into one buffer, each with what is needed to judge its reply: one flush of the uplink link.
 * Parallel arrays, no object per message.
 */
export class UplinkBatch {
  channels: UplinkChannel[] = [];
  kinds: EntryKind[] = [];
  tokens: number[] = [];
  /** Where each command begins; it ends where the next begins. */
  starts: number[] = [];
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
  #bytes = Buffer.allocUnsafe(initialBytes);
  #at = 0;

  get count(): number {
    return this.starts.length;
  }
  get byteLength(): number {
    return this.#at;
  }
  /** The commands, valid until the batch is cleared. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Appends a message; topic and payload are copied from their ranges. `isUnrouted` matters at QoS 2 only. */
  appendMessage(
    channel: UplinkChannel,
    kind: typeof EntryKind.QOS0 | typeof EntryKind.QOS1 | typeof EntryKind.QOS2,
    token: number,
    packetId: number,
    seq: number,
    now: number,
    topic: Buffer,
    topicStart: number,
    topicEnd: number,
    payload: Buffer,
    payloadStart: number,
    payloadEnd: number,
    extras: EntryExtras | undefined,
    isUnrouted = false,
  ): void {
    const extraFields = extras === undefined ? undefined : encodeExtras(extras);
    const head = kind === EntryKind.QOS2 ? channel.exactlyOnceHead : channel.entryHead;
    const topicBytes = topicEnd - topicStart;
    const payloadBytes = payloadEnd - payloadStart;
    this.#reserve(head.length * 2 + topicBytes + payloadBytes + 512 + (extraFields?.bytes.length ?? 0));
    this.#begin(channel, kind, token);
    const { classField } = channel;
    const extraArguments = (classField === undefined ? 0 : 2) + (extraFields?.arguments ?? 0);
    if (kind === EntryKind.QOS2) {
      this.#copy(arrayHeads[26 + extraArguments]!);
      this.#copy(head);
      this.#argument(packetId);
      this.#argument(seq);
      this.#argument(isUnrouted ? 1 : 0);
      this.#copy(channel.exactlyOnceFields);
    } else {
      this.#copy(arrayHeads[20 + extraArguments]!);
      this.#copy(head);
    }
    this.#argument(seq);
    this.#copy(topicField);
    this.#digits(topicBytes);
    this.#crlf();
    this.#copyRange(topic, topicStart, topicEnd);
    this.#copy(timedFields.of(kind, now));
    this.#digits(payloadBytes);
    this.#crlf();
    this.#copyRange(payload, payloadStart, payloadEnd);
    this.#crlf();
    if (classField !== undefined) this.#copy(classField);
    if (extraFields !== undefined) this.#copy(extraFields.bytes);
  }

  /** Appends the removal of a QoS 2 receive record. */
  appendRelease(channel: UplinkChannel, token: number, packetId: number): void {
    const head = channel.releaseHead;
    this.#reserve(head.length + 64);
    this.#begin(channel, EntryKind.RELEASE, token);
    this.#copy(arrayHeads[8]!);
    this.#copy(head);
    this.#argument(packetId);
  }

  /** Appends command `index` of another batch as it stands there. */
  appendFrom(other: UplinkBatch, index: number): void {
    const start = other.starts[index]!;
    const end = other.starts[index + 1] ?? other.#at;
    this.#reserve(end - start);
    this.#begin(other.channels[index]!, other.kinds[index]!, other.tokens[index]!);
    this.#copyRange(other.#bytes, start, end);
  }

  /** Takes the commands of some channels out; the others close ranks. `onLeaving` is told of each before it is gone. */
  extract(isLeaving: (channel: UplinkChannel) => boolean, onLeaving: (index: number) => void): void {
    const { channels, kinds, tokens, starts, count } = this;
    let kept = 0;
    let at = 0;
    for (let index = 0; index < count; index++) {
      const start = starts[index]!;
      const end = starts[index + 1] ?? this.#at;
      if (isLeaving(channels[index]!)) {
        onLeaving(index);
        continue;
      }
      if (kept < index) this.#bytes.copyWithin(at, start, end);
      channels[kept] = channels[index]!;
      kinds[kept] = kinds[index]!;
      tokens[kept] = tokens[index]!;
      starts[kept++] = at;
      at += end - start;
    }
    for (const list of [channels, kinds, tokens, starts]) list.length = kept;
    this.#at = at;
  }

  /** Makes it empty for the next use. */
  clear(): void {
    this.channels = [];
    this.kinds = [];
    this.tokens = [];
    this.starts = [];
    this.answered = 0;
    this.stored = 0;
    this.#at = 0;
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  #begin(channel: UplinkChannel, kind: EntryKind, token: number): void {
    this.channels.push(channel);
    this.kinds.push(kind);
    this.tokens.push(token);
    this.starts.push(this.#at);
  }

  #reserve(count: number): void {
    const wanted = this.#at + count;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }

  #copy(source: Buffer): void {
    this.#copyRange(source, 0, source.length);
  }

  #copyRange(source: Buffer, start: number, end: number): void {
    const count = end - start;
    const target = this.#bytes;
    let at = this.#at;
    if (count > 32) {
      source.copy(target, at, start, end);
    } else {
      // A short loop beats the call into C++: bench/src/micro/copy-range.ts.
      for (let i = start; i < end; i++) target[at++] = source[i]!;
    }
    this.#at += count;
  }

  /** A number as a bulk string. */
  #argument(value: number): void {
    this.#bytes[this.#at++] = DOLLAR;
    this.#digits(digitCount(value));
    this.#crlf();
    this.#digits(value);
    this.#crlf();
  }

  #digits(value: number): void {
    const end = this.#at + digitCount(value);
    let rest = value;
    for (let i = end - 1; i >= this.#at; i--) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[i] = 0x30 + (rest - tenth * 10);
      rest = tenth;
    }
    this.#at = end;
  }

  #crlf(): void {
    this.#bytes[this.#at++] = CR;
    this.#bytes[this.#at++] = LF;
  }
}

function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
}

function encodeExtras(extras: EntryExtras): { bytes: Buffer; arguments: number } {
  const values: string[] = [];
  if (extras.retain === true) values.push('retain', '1');
  if (extras.contentType !== undefined) values.push('ctype', extras.contentType);
  if (extras.props !== undefined) values.push('props', extras.props);
  const text = values.map((value) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`).join('');
  return { bytes: Buffer.from(text), arguments: values.length };
}
