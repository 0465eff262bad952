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
