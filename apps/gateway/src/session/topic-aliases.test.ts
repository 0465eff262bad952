import { decode, type Publish } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { TopicAliases } from './topic-aliases.ts';

const limits = { maxPacketBytes: 1000, maxTopicBytes: 100, maxTopicLevels: 8 };

/** A PUBLISH of MQTT 5 with topic alias 1, so that an empty topic is allowed. */
function publish(topic: string): Publish {
  const name = Buffer.from(topic);
  const body = Buffer.concat([Buffer.from([0, name.length]), name, Buffer.from([3, 0x23, 0, 1])]);
  const packet = Buffer.concat([Buffer.from([0x30, body.length]), body]);
  return decode(packet, 0, packet.length, 5, limits) as Publish;
}

test('an alias means the topic it came with, until it comes with another', () => {
  const aliases = new TopicAliases(16);
  expect(aliases.resolve(3, publish('a/b')).toString()).toBe('a/b');
  expect(aliases.resolve(3, publish('')).toString()).toBe('a/b');
  expect(aliases.resolve(3, publish('ä')).toString()).toBe('ä');
  expect(aliases.resolve(3, publish('')).toString()).toBe('ä');
});

test('aliases do not mix', () => {
  const aliases = new TopicAliases(16);
  aliases.resolve(1, publish('one'));
  aliases.resolve(16, publish('sixteen'));
  expect(aliases.resolve(1, publish('')).toString()).toBe('one');
  expect(aliases.resolve(16, publish('')).toString()).toBe('sixteen');
});

test('an alias outlives the bytes it came in', () => {
  const aliases = new TopicAliases(16);
  const packet = publish('a/b');
  aliases.resolve(1, packet);
  packet.bytes.fill(0xff);
  expect(aliases.resolve(1, publish('')).toString()).toBe('a/b');
});

test.each([
  ['above the maximum [MQTT-3.3.2-9]', 16, 17, 'a'],
  ['when none is allowed [MQTT-3.3.2-9]', 0, 1, 'a'],
  ['that was never set', 16, 5, ''],
])('refuses an alias %s', (_, maximum, alias, topic) => {
  const aliases = new TopicAliases(maximum);
  expect(() => aliases.resolve(alias, publish(topic))).toThrow(
    expect.objectContaining({ name: 'ProtocolError', code: 'topic-alias-invalid' }),
  );
});

test('a refused alias is not set', () => {
  const aliases = new TopicAliases(2);
  expect(() => aliases.resolve(3, publish('a'))).toThrow();
  expect(() => aliases.resolve(3, publish(''))).toThrow();
});
