import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../errors.ts';
import type { CodecLimits } from './packet-type.ts';

const HASH = 0x23;
const PLUS = 0x2b;
const SLASH = 0x2f;

/**
 * Checks the bytes of a topic name: well-formed UTF-8 without U+0000 [MQTT-1.5.4-1, -2], no wildcard [MQTT-3.3.2-2],
 * within its limits. One pass, nothing allocated: it runs for every PUBLISH.
 * @throws ProtocolError `malformed` or `topic-name-invalid`
 */
export function checkTopicName(bytes: Buffer, start: number, end: number, limits: CodecLimits): void {
  if (end - start > limits.maxTopicBytes)
    throw new ProtocolError('topic-name-invalid', `topic of ${end - start} bytes`);
  let levels = 1;
  let seen = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    seen |= byte;
    if (byte === SLASH) levels++;
    else if (byte === HASH || byte === PLUS)
      throw new ProtocolError('topic-name-invalid', 'wildcard in a topic name');
    else if (byte === 0) throw new ProtocolError('malformed', 'U+0000 in a topic name');
  }
  if (seen > 0x7f && !isUtf8(bytes.subarray(start, end))) {
    throw new ProtocolError('malformed', 'topic name is not UTF-8');
  }
  if (levels > limits.maxTopicLevels)
    throw new ProtocolError('topic-name-invalid', `topic of ${levels} levels`);
}

/**
 * Why a topic filter is not allowed, or undefined when it is: `#` only as the last whole level, `+` only as a whole
 * level [MQTT-4.7.1-1, -2], at least one character [MQTT-4.7.3-1], no U+0000, within the limits.
 */
export function topicFilterFault(filter: string, limits: CodecLimits): string | undefined {
  if (filter.length === 0) return 'empty topic filter';
  if (filter.includes('\0')) return 'U+0000 in a topic filter';
  if (Buffer.byteLength(filter) > limits.maxTopicBytes) return 'topic filter too long';
  const levels = filter.split('/');
  if (levels.length > limits.maxTopicLevels) return `topic filter of ${levels.length} levels`;
  for (const [i, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || i !== levels.length - 1))
      return '# is not the whole last level';
    if (level.includes('+') && level !== '+') return '+ is not a whole level';
  }
  return undefined;
}
