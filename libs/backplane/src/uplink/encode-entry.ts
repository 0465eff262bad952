import type { UplinkChannel } from './channel.ts';
import type { EncodedExtras } from './entry-extras.ts';
import type { UplinkMessage } from './message.ts';
import { putArgument, putBytes, putLine, putLineEnd, putRange } from './resp-bytes.ts';

const topicField = Buffer.from('$5\r\ntopic\r\n$');

/** `*N\r\n` for the argument counts in use: 20 of a plain entry, 26 of the script, 2 more of a class, up to 6 more of extras. */
const arrayHeads: readonly Buffer[] = Array.from({ length: 40 }, (_, n) => Buffer.from(`*${n}\r\n`));

/** What numbers, lengths and the names of fields take at the most. */
const fixedBytes = 512;

/** `qos` and `ts` with their values and the name of `payload`, made anew once a millisecond for each QoS. */
class TimedFields {
  #now = -1;
  readonly #byQos: Buffer[] = [];

  of(qos: number, now: number): Buffer {
    if (now !== this.#now) {
      this.#now = now;
      this.#byQos.length = 0;
    }
    return (this.#byQos[qos] ??= timedFieldsOf(qos, String(now)));
  }
}
const timedFields = new TimedFields();

const timedFieldsOf = (qos: number, ts: string): Buffer =>
  Buffer.from(`\r\n$3\r\nqos\r\n$1\r\n${qos}\r\n$2\r\nts\r\n$${ts.length}\r\n${ts}\r\n$7\r\npayload\r\n$`);

/** Bytes that the command of a message takes at the most. */
export function messageRoom(
  channel: UplinkChannel,
  { qos, topicStart, topicEnd, payloadStart, payloadEnd }: UplinkMessage,
  extras: EncodedExtras | undefined,
): number {
  const own = topicEnd - topicStart + payloadEnd - payloadStart + fixedBytes;
  const head =
    qos === 2 ? channel.exactlyOnceHead.length + channel.exactlyOnceFields.length : channel.entryHead.length;
  return head + own + (extras === undefined ? 0 : extras.bytes.length);
}

/** Writes the command that stores a message: XADD, or the script of QoS 2. Answers where it ends. */
export function putMessage(
  target: Buffer,
  start: number,
  channel: UplinkChannel,
  message: UplinkMessage,
  seq: number,
  now: number,
  extras: EncodedExtras | undefined,
  isUnrouted: boolean,
): number {
  const { qos, topic, topicStart, topicEnd, bytes, payloadStart, payloadEnd } = message;
  const { classField } = channel;
  const more = (classField === undefined ? 0 : 2) + (extras === undefined ? 0 : extras.arguments);
  let at = start;
  if (qos === 2) {
    at = putRange(target, at, arrayHeads[26 + more]!, 0, 5);
    at = putScriptArguments(target, at, channel, message.packetId, seq, isUnrouted);
  } else {
    at = putRange(target, at, arrayHeads[20 + more]!, 0, 5);
    at = putBytes(target, at, channel.entryHead);
  }
  at = putArgument(target, at, seq);
  at = putRange(target, at, topicField, 0, topicField.length);
  at = putLine(target, at, topicEnd - topicStart);
  at = putRange(target, at, topic, topicStart, topicEnd);
  at = putBytes(target, at, timedFields.of(qos, now));
  at = putLine(target, at, payloadEnd - payloadStart);
  at = putRange(target, at, bytes, payloadStart, payloadEnd);
  at = putLineEnd(target, at);
  if (classField !== undefined) at = putBytes(target, at, classField);
  return extras === undefined ? at : putBytes(target, at, extras.bytes);
}

/** Arguments of publish-exactly-once up to the value of `seq` in the entry. */
function putScriptArguments(
  target: Buffer,
  start: number,
  channel: UplinkChannel,
  packetId: number,
  seq: number,
  isUnrouted: boolean,
): number {
  let at = putBytes(target, start, channel.exactlyOnceHead);
  at = putArgument(target, at, packetId);
  at = putArgument(target, at, seq);
  at = putArgument(target, at, isUnrouted ? 1 : 0);
  return putBytes(target, at, channel.exactlyOnceFields);
}

/** Bytes that the removal of a receive record takes at the most. */
export const releaseRoom = (channel: UplinkChannel): number => channel.releaseHead.length + 64;

/** Writes the command that removes the receive record of `packetId`. */
export function putRelease(target: Buffer, start: number, channel: UplinkChannel, packetId: number): number {
  let at = putBytes(target, start, arrayHeads[8]!);
  at = putBytes(target, at, channel.releaseHead);
  return putArgument(target, at, packetId);
}
