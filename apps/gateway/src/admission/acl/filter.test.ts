import { topicMatches } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import { Random, randomFilter, randomTopic } from '../../testing/random.ts';
import { compileFilter, covers, intersectionOf, matchesBytes, matchesText } from './filter.ts';

const rounds = 20_000;

describe('a filter taken apart', () => {
  test('matches what the codec says it matches, as text and in the middle of a packet', () => {
    const random = new Random(1);
    for (let i = 0; i < rounds; i++) {
      const [filter, topic] = [randomFilter(random), randomTopic(random)];
      const compiled = compileFilter(filter);
      const expected = topicMatches(filter, topic);
      const bytes = Buffer.from(`x/${topic}/y`);
      const found = [matchesText(compiled, topic), matchesBytes(compiled, bytes, 2, bytes.length - 2)];
      if (found[0] !== expected || found[1] !== expected)
        expect.fail(`${filter} and ${topic}: ${found.join()}`);
    }
  });

  test('that covers another matches everything the other does', () => {
    const random = new Random(2);
    let covered = 0;
    for (let i = 0; i < rounds; i++) {
      const [outer, inner] = [compileFilter(randomFilter(random)), compileFilter(randomFilter(random))];
      if (!covers(outer, inner)) continue;
      covered++;
      for (let n = 0; n < 20; n++) {
        const topic = randomTopic(random);
        if (matchesText(inner, topic) && !matchesText(outer, topic))
          expect.fail(`${outer.text} does not cover ${inner.text}: ${topic}`);
      }
    }
    expect(covered).toBeGreaterThan(100);
  });

  test('and another have the topics of their intersection in common, and no others', () => {
    const random = new Random(3);
    let common = 0;
    for (let i = 0; i < rounds; i++) {
      const [a, b] = [compileFilter(randomFilter(random)), compileFilter(randomFilter(random))];
      const both = intersectionOf(a, b);
      if (both !== undefined) common++;
      for (let n = 0; n < 10; n++) {
        const topic = randomTopic(random);
        const isBoth = both !== undefined && matchesText(both, topic);
        if (isBoth !== (matchesText(a, topic) && matchesText(b, topic)))
          expect.fail(`${a.text} and ${b.text} have ${both?.text ?? 'nothing'} in common: ${topic}`);
      }
    }
    expect(common).toBeGreaterThan(100);
  });

  test.each([
    ['a/#', 'a', true],
    ['a/#', 'a/+/b', true],
    ['a/+', 'a/#', false],
    ['#', '$SYS/a', false],
    ['#', '+/a', true],
    ['+/a', 'b/a', true],
    ['a/b', 'a/+', false],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(covers(compileFilter(outer), compileFilter(inner))).toBe(expected);
  });

  test.each([
    ['a/#', 'a', 'a'],
    ['#', 'a/+', 'a/+'],
    ['+/b', 'a/+', 'a/b'],
    ['a/+/#', 'a/#', 'a/+/#'],
    ['a', 'b', undefined],
    ['+', '$SYS', undefined],
    ['#', '$SYS/#', undefined],
    ['a/b', 'a', undefined],
  ])('%s and %s have %s in common', (a, b, expected) => {
    expect(intersectionOf(compileFilter(a), compileFilter(b))?.text).toBe(expected);
  });
});
