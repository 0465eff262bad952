import { expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { checkTopicName } from './topic.ts';

const limits = { maxPacketBytes: 1000, maxTopicBytes: 16, maxTopicLevels: 4 };

/** The code of the refusal, or undefined. */
function nameFault(topic: string | Buffer): string | undefined {
  const bytes = Buffer.from(topic as string);
  const around = Buffer.concat([Buffer.from('#\0'), bytes, Buffer.from('+\0')]);
  try {
    checkTopicName(around, 2, 2 + bytes.length, limits);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

test.each(['a', '/', 'a/b/c/d', '$SYS/x', ' ', 'ä/设', '16 bytes of name', '\u{10ffff}'])(
  'accepts the topic name %j',
  (topic) => expect(nameFault(topic)).toBeUndefined(),
);

test.each([
  ['a wildcard # [MQTT-3.3.2-2]', 'a/#', 'topic-name-invalid'],
  ['a wildcard + [MQTT-3.3.2-2]', '+', 'topic-name-invalid'],
  ['U+0000 [MQTT-1.5.4-2]', 'a\0', 'malformed'],
  ['bytes that are no UTF-8 [MQTT-1.5.4-1]', Buffer.from([0x61, 0xff]), 'malformed'],
  ['a surrogate [MQTT-1.5.4-1]', Buffer.from([0xed, 0xbf, 0xbf]), 'malformed'],
  ['one byte too many', '17 bytes of names', 'topic-name-invalid'],
  ['one byte too many in UTF-8, though not in characters', 'ä'.repeat(8) + 'a', 'topic-name-invalid'],
  ['one level too many', 'a/b/c/d/', 'topic-name-invalid'],
])('refuses %s in a topic name', (_, topic, code) => expect(nameFault(topic)).toBe(code));
