import { describe, expect, test } from 'vitest';
import { parseSharedFilter, sharedFilterFault, topicFilterFault } from './shared-filter.ts';
import { topicMatches } from './topic-filter.ts';

const limits = { maxPacketBytes: 1000, maxTopicBytes: 16, maxTopicLevels: 4 };

test.each(['#', '+', '/', 'a/#', '+/+', '/+', 'a/+/b/#', '$share', 'a b', 'ä'])(
  'accepts the filter %j',
  (filter) => expect(topicFilterFault(filter, limits)).toBeUndefined(),
);

test.each([
  ['', 'empty topic filter'],
  ['a\0', 'U+0000 in a topic filter'],
  ['a#', '# is not the whole last level'],
  ['#/a', '# is not the whole last level'],
  ['##', '# is not the whole last level'],
  ['a/b+', '+ is not a whole level'],
  ['++', '+ is not a whole level'],
  ['17 bytes of names', 'topic filter too long'],
  ['ä'.repeat(9), 'topic filter too long'],
  ['a/b/c/d/#', 'topic filter of 5 levels'],
])('says why the filter %j is not allowed', (filter, fault) =>
  expect(topicFilterFault(filter, limits)).toBe(fault),
);

test.each([
  '$share/g/a',
  '$share/g//',
  '$share/g/#',
  '$share/g/+/a',
  '$share/g/$SYS',
  '$share/g/a/b/c/d',
  '$share/ä/b/c/d',
  '$share/$/a',
])('accepts the shared filter %j', (filter) => {
  expect(topicFilterFault(filter, limits)).toBeUndefined();
  expect(sharedFilterFault(filter, limits)).toBeUndefined();
});

test.each([
  ['$share/', 'empty ShareName'],
  ['$share//', 'empty ShareName'],
  ['$share//a', 'empty ShareName'],
  ['$share/+/a', 'wildcard or U+0000 in a ShareName'],
  ['$share/g#/a', 'wildcard or U+0000 in a ShareName'],
  ['$share/g\0/a', 'wildcard or U+0000 in a ShareName'],
  ['$share/g', 'no topic filter behind the ShareName'],
  ['$share/g/', 'no topic filter behind the ShareName'],
  ['$share/g/a#', '# is not the whole last level'],
  ['$share/g/#/a', '# is not the whole last level'],
  ['$share/g/a+', '+ is not a whole level'],
  ['$share/g/a\0', 'U+0000 in a topic filter'],
  ['$share/group/abcd', 'topic filter too long'],
  ['$share/g/a/b///', 'topic filter of 5 levels'],
])('says why the shared filter %j is not allowed [MQTT-4.8.2-1, -2]: %s', (filter, fault) => {
  expect(sharedFilterFault(filter, limits)).toBe(fault);
  expect(topicFilterFault(filter, limits)).toBe(fault);
});

test.each([
  ['$share/g/a/#', { group: 'g', filter: 'a/#' }],
  ['$share/g//a', { group: 'g', filter: '/a' }],
  ['$share/g/$share/h/a', { group: 'g', filter: '$share/h/a' }],
  ['$share/g', { group: 'g', filter: '' }],
  ['$share//a', { group: '', filter: 'a' }],
  ['$share', undefined],
  ['$shared/g/a', undefined],
  ['$SHARE/g/a', undefined],
  ['a/$share/g', undefined],
  ['', undefined],
])('takes the filter %j apart', (filter, parts) => expect(parseSharedFilter(filter)).toEqual(parts));

test('an ordinary filter has no fault of a shared one', () => {
  expect(sharedFilterFault('a#', limits)).toBeUndefined();
});

describe('topic names', () => {
  test.each([
    ['a', ['a'], ['', '/a', 'a/', 'b', 'ab', 'A']],
    ['a/b', ['a/b'], ['a', 'a/bc', 'a/b/', 'a/b/c', 'a//b']],
    ['/', ['/'], ['', 'a', '//', 'a/', '/a']],
    ['/a', ['/a'], ['a', '//a']],
    ['a//b', ['a//b'], ['a/b', 'a/x/b']],
    ['#', ['a', '/', 'a/b/c', '/a', 'a/$b'], ['$SYS', '$SYS/a', '$', '$/a']],
    ['a/#', ['a', 'a/', 'a/b', 'a/b/c', 'a/$b'], ['', 'ab', 'b', 'b/a', '/a']],
    ['/#', ['/', '/a', '//', ''], ['a', '$SYS']],
    ['a/b/#', ['a/b', 'a/b/', 'a/b/c'], ['a', 'a/', 'a/c', 'a/bc']],
    ['+', ['a', ' '], ['/', 'a/', '/a', 'a/b', '$SYS']],
    ['+/+', ['a/b', '/', '/a', 'a/'], ['a', 'a/b/c', '//', '$SYS/a']],
    ['/+', ['/', '/a'], ['a', '/a/b', 'a/b']],
    ['a/+', ['a/', 'a/b'], ['a', 'a/b/c']],
    ['a/+/c', ['a/b/c', 'a//c'], ['a/c', 'a/b/b/c', 'a/b/c/']],
    ['+/a/#', ['b/a', '/a', 'b/a/c/d'], ['a', 'b/b', '$SYS/a']],
    ['+/#', ['a', '/', 'a/b'], ['$SYS', '$SYS/a']],
    ['$SYS/#', ['$SYS', '$SYS/a'], ['SYS/a', 'a']],
    ['$SYS/+', ['$SYS/a'], ['$SYS', '$SYS/a/b']],
    ['ä/+', ['ä/设'], ['a/设']],
  ])('match %j as section 4.7 says', (filter, matching, others) => {
    expect(matching.filter((topic) => !topicMatches(filter, topic))).toEqual([]);
    expect(others.filter((topic) => topicMatches(filter, topic))).toEqual([]);
  });

  test('match as a slower reading of the rules says, for every short name and filter', () => {
    const names = levelsOf(['', 'a', 'b', '$']);
    const filters = levelsOf(['', 'a', '$', '+']).flatMap((filter) => [filter, `${filter}/#`]);
    for (const filter of [...filters, '#']) {
      for (const name of names) {
        if (topicMatches(filter, name) !== matchesByRule(filter.split('/'), name.split('/')))
          expect.fail(`${filter} and ${name}`);
      }
    }
  });
});

/** Every text of one to three of the levels. */
function levelsOf(levels: readonly string[]): string[] {
  const two = levels.flatMap((first) => levels.map((second) => `${first}/${second}`));
  return [...levels, ...two, ...two.flatMap((start) => levels.map((third) => `${start}/${third}`))];
}

function matchesByRule(filter: readonly string[], name: readonly string[]): boolean {
  if (name[0]!.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  const tail = filter.at(-1) === '#';
  const fixed = tail ? filter.slice(0, -1) : filter;
  if (tail ? name.length < fixed.length : name.length !== fixed.length) return false;
  return fixed.every((level, i) => level === '+' || level === name[i]);
}
