import { topicMatches } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { lookUps } from '../testing/look-ups.ts';
import { Random, randomFilter, randomTopic } from '../testing/random.ts';
import { TopicTree } from './topic-tree.ts';

function treeOf(filters: Iterable<string>): TopicTree<string> {
  const tree = new TopicTree<string>();
  for (const filter of filters) tree.set(filter, filter);
  return tree;
}

function matching(tree: TopicTree<string>, topic: string): string[] {
  const found: string[] = [];
  tree.match(topic, found);
  return found.toSorted();
}

const expected = (filters: Iterable<string>, topic: string): string[] =>
  [...filters].filter((filter) => topicMatches(filter, topic)).toSorted();

describe('finds what one filter after the other would', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))('with filters and topics of seed %i', (seed) => {
    const random = new Random(seed);
    const filters = new Set(Array.from({ length: 1 + random.below(120) }, () => randomFilter(random)));
    const tree = treeOf(filters);
    expect(tree.count).toBe(filters.size);
    for (let n = 0; n < 200; n++) {
      const topic = randomTopic(random);
      expect(matching(tree, topic), topic).toEqual(expected(filters, topic));
    }
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('while filters come and go, seed %i', (seed) => {
    const random = new Random(1000 + seed);
    const pool = Array.from({ length: 60 }, () => randomFilter(random));
    const held = new Set<string>();
    const tree = treeOf([]);
    for (let n = 0; n < 400; n++) {
      const filter = random.pick(pool);
      if (random.below(2) === 0) {
        tree.set(filter, filter);
        held.add(filter);
      } else {
        tree.delete(filter);
        held.delete(filter);
      }
      expect(tree.count).toBe(held.size);
      expect(tree.get(filter)).toBe(held.has(filter) ? filter : undefined);
      const topic = randomTopic(random);
      expect(matching(tree, topic), topic).toEqual(expected(held, topic));
    }
  });
});

test('a # matches the level above it, and an empty level is a level (MQTT 5 section 4.7.1)', () => {
  const tree = treeOf(['a/#', '#', '+', '/+', '+/+', 'a/+', 'a/']);
  expect(matching(tree, 'a')).toEqual(['#', '+', 'a/#']);
  expect(matching(tree, 'a/')).toEqual(['#', '+/+', 'a/', 'a/#', 'a/+']);
  expect(matching(tree, '/a')).toEqual(['#', '+/+', '/+']);
});

test('a leading wildcard finds nothing that begins with $, one behind it does [MQTT-4.7.2-1]', () => {
  const tree = treeOf(['#', '+/#', '+/a', '$x/#', '$x/+', '$x/a', 'a/+']);
  expect(matching(tree, '$x/a')).toEqual(['$x/#', '$x/+', '$x/a']);
  expect(matching(tree, '$x')).toEqual(['$x/#']);
  expect(matching(tree, '$y/a')).toEqual([]);
  expect(matching(tree, 'a/$x')).toEqual(['#', '+/#', 'a/+']);
});

test('a value takes the place of the one before it, and is one filter', () => {
  const tree = new TopicTree<number>();
  for (const filter of ['a/#', 'a/+', '#', 'a']) {
    tree.set(filter, 1);
    tree.set(filter, 2);
    expect(tree.get(filter)).toBe(2);
  }
  expect(tree.count).toBe(4);
});

test('what is not there cannot be taken away: not above, not below, not beside a filter', () => {
  const tree = treeOf(['a/b/c']);
  for (const filter of ['a', 'a/b', 'a/b/c/d', 'a/b/c/#', 'a/+/c', '#', 'b', 'a/b/+']) tree.delete(filter);
  expect(tree.count).toBe(1);
  expect(matching(tree, 'a/b/c')).toEqual(['a/b/c']);
});

test('a filter keeps those it shares levels with when it goes', () => {
  const tree = treeOf(['a', 'a/b', 'a/b/c', 'a/#', 'a/+/c']);
  tree.delete('a/b');
  expect(matching(tree, 'a/b/c')).toEqual(['a/#', 'a/+/c', 'a/b/c']);
  tree.delete('a/b/c');
  expect(matching(tree, 'a/b/c')).toEqual(['a/#', 'a/+/c']);
  tree.delete('a/#');
  expect(matching(tree, 'a/b/c')).toEqual(['a/+/c']);
});

test('filters that all went leave no level behind', () => {
  const random = new Random(7);
  // Below one name, so that any level that stayed keeps that name in the root.
  const filters = new Set(Array.from({ length: 300 }, () => `root/${randomFilter(random)}`));
  const tree = treeOf(filters);
  const look = (): number => lookUps(() => matching(tree, 'root/a/b/a/b'));
  expect(look()).toBeGreaterThan(0);
  for (const filter of filters) tree.delete(filter);
  expect(tree.count).toBe(0);
  expect(look()).toBe(0);
});

test('unrelated filters cost a look-up nothing', () => {
  const related = ['fleet/7/temperature', 'fleet/+/temperature', 'fleet/7/#', '+/7/+'];
  const tree = treeOf(related);
  const look = (): number => lookUps(() => expect(matching(tree, 'fleet/7/temperature')).toHaveLength(4));
  const alone = look();
  for (let n = 0; n < 20_000; n++) {
    tree.set(`other/${n}/temperature`, 'unrelated');
    tree.set(`fleet/${n + 8}/#`, 'unrelated');
    tree.set(`fleet/7/temperature/${n}`, 'unrelated');
  }
  expect(look()).toBe(alone);
});
