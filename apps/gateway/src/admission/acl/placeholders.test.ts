import { topicFilterFault } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { Random } from '../../testing/random.ts';
import { compileFilter, matchesText } from './filter.ts';
import { placeholderFault, substituted } from './placeholders.ts';

const limits = { maxPacketBytes: 70_000, maxTopicBytes: 65_535, maxTopicLevels: 1000 };
const named = {
  clientId: 'pump/1',
  user: 'ann',
  claims: { site: 'x+y', floor: 3, isLit: true, list: ['a'] },
};

test.each([
  ['devices/${clientId}/#', 'devices/pump%2F1/#'],
  ['${user}-${claim.site}/+', 'ann-x%2By/+'],
  ['floors/${claim.floor}/${claim.isLit}', 'floors/3/true'],
  ['plain/+/#', 'plain/+/#'],
  ['$${user}', '$ann'],
])('%s is %s', (filter, expected) => expect(substituted(filter, named)).toBe(expected));

test.each(['${claim.none}/a', '${claim.list}/a', '${claim.constructor}/a', '${claim.__proto__}/a'])(
  '%s is about nobody who lacks the value',
  (filter) => expect(substituted(filter, named)).toBeUndefined(),
);

test('an empty, missing or broken value makes no level', () => {
  for (const user of [undefined, '', '\ud800'])
    expect(substituted('users/${user}/#', { ...named, user })).toBeUndefined();
});

test.each([
  ['a/${clientID}', 'unknown placeholder ${clientID}'],
  ['a/${}', 'unknown placeholder ${}'],
  ['a/${claim.}', 'unknown placeholder ${claim.}'],
  ['a/${user', 'a placeholder without its end'],
  ['a/${claim.a b}', 'unknown placeholder ${claim.a b}'],
])('%s: %s', (filter, fault) => expect(placeholderFault(filter)).toBe(fault));

test('of known placeholders nothing is wrong', () => {
  expect(placeholderFault('${clientId}/${user}/${claim.a-b.c:d}')).toBeUndefined();
});

/** What somebody would try who wants to reach beyond one level. */
const pieces = [
  ...['/', '+', '#', '%', '$'],
  '\0',
  '\n',
  '\u001f',
  ' ',
  'a',
  'ä',
  '%2F',
  '%',
  '..',
  '$share/g/',
  '${user}',
  '$&',
  '🚚',
];

test('no value whatsoever widens a filter: it stays one level, and matches no other device', () => {
  const random = new Random(4);
  const shapes = ['devices/${clientId}/#', '${clientId}/+', 'a-${clientId}-b/c', '${clientId}'];
  for (let i = 0; i < 20_000; i++) {
    const clientId = Array.from({ length: 1 + random.below(6) }, () => random.pick(pieces)).join('');
    const shape = random.pick(shapes);
    const filter = substituted(shape, { ...named, clientId })!;
    const [levels, expected] = [filter.split('/'), shape.split('/')];
    const hasOthers =
      levels.length === expected.length && levels.every((level, n) => isOwn(level, expected[n]!));
    // What another device publishes to its own branch.
    const other = shape.replace('${clientId}', 'other').replace(/[#+]/, 'x');
    const isWider = matchesText(compileFilter(filter), other);
    if (topicFilterFault(filter, limits) !== undefined || !hasOthers || isWider)
      expect.fail(`${JSON.stringify(clientId)} makes ${JSON.stringify(filter)} of ${shape}`);
  }
});

/** A level as it was written, or one that a value was put into and that is no wildcard. */
function isOwn(level: string, written: string): boolean {
  return written.includes('${') ? !/[+#]/.test(level) : level === written;
}

test('two values never become the same level', () => {
  const random = new Random(5);
  const seen = new Map<string, string>();
  for (let i = 0; i < 20_000; i++) {
    const clientId = Array.from({ length: 1 + random.below(3) }, () => random.pick(pieces)).join('');
    const filter = substituted('${clientId}', { ...named, clientId })!;
    if ((seen.get(filter) ?? clientId) !== clientId) expect.fail(`${clientId} and ${seen.get(filter)}`);
    seen.set(filter, clientId);
  }
});
