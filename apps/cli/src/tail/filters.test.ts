import { expect, test } from 'vitest';
import { matchesGlob, matchesTopic, topicFilterFault } from './filters.ts';

test.each([
  ['*', '', true],
  ['pump-*', 'pump-0001', true],
  ['pump-*', 'meter-0001', false],
  ['*-0001', 'pump-0001', true],
  ['p?mp-*1', 'pump-0001', true],
  ['pump', 'pump-1', false],
  ['a.c', 'abc', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*ab', 'aab', true],
  ['', 'a', false],
])('glob %j on %j is %j', (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected);
});

test('a hostile glob ends soon', () => {
  expect(matchesGlob('*a'.repeat(100) + 'b', 'a'.repeat(2000))).toBe(false);
});

// [MQTT-4.7.1-2], [MQTT-4.7.1-3], [MQTT-4.7.2-1], and the examples of section 4.7.1
test.each([
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['devices/+/telemetry', 'devices/pump-1/telemetry', true],
])('filter %j on %j is %j', (filter, topic, expected) => {
  expect(matchesTopic(filter, topic)).toBe(expected);
});

test.each(['', 'a/#/b', 'a#', 'a+/b'])('%j is no topic filter', (filter) => {
  expect(topicFilterFault(filter)).toBeTypeOf('string');
});
test.each(['#', '+', 'a/+/b/#', '/'])('%j is a topic filter', (filter) => {
  expect(topicFilterFault(filter)).toBeUndefined();
});
