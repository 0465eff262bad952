import { expect, test } from 'vitest';
import { OutgoingAliases } from './outgoing-aliases.ts';

test('the first topics get an alias, which stays theirs', () => {
  const aliases = new OutgoingAliases(2);
  expect(aliases.of('a')).toEqual({ alias: 1, isKnown: false });
  expect(aliases.of('b')).toEqual({ alias: 2, isKnown: false });
  expect(aliases.of('a')).toEqual({ alias: 1, isKnown: true });
  expect(aliases.of('b')).toEqual({ alias: 2, isKnown: true });
});

test('no alias is above the maximum the device allows [MQTT-3.1.2-26]', () => {
  const aliases = new OutgoingAliases(1);
  aliases.of('a');
  expect(aliases.of('b')).toBeUndefined();
  expect(aliases.of('a')).toEqual({ alias: 1, isKnown: true });
  expect(new OutgoingAliases(0).of('a')).toBeUndefined();
});

test('an alias that was not sent is given to the next topic', () => {
  const aliases = new OutgoingAliases(2);
  aliases.of('a');
  aliases.of('b');
  aliases.forget('b');
  expect(aliases.of('c')).toEqual({ alias: 2, isKnown: false });
  expect(aliases.of('b')).toBeUndefined();
});
