import { topicMatches } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { lookUps } from '../testing/look-ups.ts';
import { Random, randomFilter, randomTopic } from '../testing/random.ts';
import { TopicNames } from './topic-names.ts';

function namesOf(topics: Iterable<string>): TopicNames {
  const names = new TopicNames();
  for (const topic of topics) names.add(topic);
  return names;
}

const expected = (topics: Iterable<string>, filter: string): string[] =>
  [...topics].filter((topic) => topicMatches(filter, topic)).toSorted();

describe('finds the names that asking each one would', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('with topics and filters of seed %i', (seed) => {
    const random = new Random(seed);
    const topics = new Set(Array.from({ length: 1 + random.below(120) }, () => randomTopic(random)));
    const names = namesOf(topics);
    expect(names.count).toBe(topics.size);
    expect(names.all().toSorted()).toEqual([...topics].toSorted());
    for (let n = 0; n < 200; n++) {
      const filter = randomFilter(random);
      expect([...names.matching(filter)].toSorted(), filter).toEqual(expected(topics, filter));
    }
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('while names come and go, seed %i', (seed) => {
    const random = new Random(1000 + seed);
    const pool = Array.from({ length: 60 }, () => randomTopic(random));
    const held = new Set<string>();
    const names = namesOf([]);
    for (let n = 0; n < 400; n++) {
      const topic = random.pick(pool);
      if (random.below(2) === 0) {
        names.add(topic);
        held.add(topic);
      } else {
        names.delete(topic);
        held.delete(topic);
      }
      expect(names.count).toBe(held.size);
      expect(names.has(topic)).toBe(held.has(topic));
      const filter = randomFilter(random);
      expect([...names.matching(filter)].toSorted(), filter).toEqual(expected(held, filter));
    }
  });
});

test('a leading wildcard finds no name that begins with $ [MQTT-4.7.2-1]', () => {
  const names = namesOf(['$x', '$x/a', 'a/$x', 'a']);
  expect([...names.matching('#')].toSorted()).toEqual(['a', 'a/$x']);
  expect([...names.matching('+/a')]).toEqual([]);
  expect([...names.matching('+')]).toEqual(['a']);
  expect([...names.matching('$x/#')].toSorted()).toEqual(['$x', '$x/a']);
  expect([...names.matching('a/+')]).toEqual(['a/$x']);
});

test('a name is there once, however often it is added, and not because one below it is', () => {
  const names = namesOf(['a/b', 'a/b', 'a/b']);
  expect(names.count).toBe(1);
  expect(names.has('a')).toBe(false);
  expect(names.has('a/b/c')).toBe(false);
  names.delete('a');
  names.delete('a/b/c');
  expect(names.count).toBe(1);
  names.delete('a/b');
  names.delete('a/b');
  expect(names.count).toBe(0);
  expect([...names.matching('#')]).toEqual([]);
});

test('names that all went leave no level behind', () => {
  const random = new Random(7);
  const topics = new Set(Array.from({ length: 300 }, () => `root/${randomTopic(random)}`));
  const names = namesOf(topics);
  const look = (): number => lookUps(() => names.has('root/a/b/a/b'));
  expect(look()).toBeGreaterThan(0);
  for (const topic of topics) names.delete(topic);
  expect(look()).toBe(0);
});

test('a filter that names its levels looks at none but those', () => {
  const names = namesOf(['fleet/7/state']);
  const look = (): number =>
    lookUps(() => expect([...names.matching('fleet/7/state')]).toEqual(['fleet/7/state']));
  const alone = look();
  for (let n = 8; n < 10_000; n++) names.add(`fleet/${n}/state`);
  expect(look()).toBe(alone);
});
