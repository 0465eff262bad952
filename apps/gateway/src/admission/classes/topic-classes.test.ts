import { topicMatches } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { TopicClasses } from './topic-classes.ts';

const filters = [
  ...[
    'a',
    'a/b',
    'a/+',
    '+',
    '+/+',
    '#',
    'a/#',
    'a/b/#',
    '+/b',
    'a//b',
    '/',
    '/a',
    'a/',
    '+/#',
    '/+',
    '$x/#',
    '$x/+',
  ],
  ...['ä/+/b', 'ab/c', 'a/+/c', '+/+/c'],
];
const topics = [
  ...[
    'a',
    'b',
    'ab',
    'a/b',
    'a/b/c',
    'a/bc',
    'ab/c',
    'a//b',
    '/',
    '/a',
    'a/',
    'a//',
    '//',
    '$x',
    '$x/a',
    '$x/a/b',
  ],
  ...['ä/1/b', 'ä/b', 'x/y/c'],
];

test.each(filters)('%s matches what it matches elsewhere', (filter) => {
  const classes = new TopicClasses([{ filter, class: 'critical' }]);
  for (const topic of topics) {
    const bytes = Buffer.from(`<<${topic}>>`);
    const isMatch = classes.rankOf(bytes, 2, bytes.length - 2) === 0;
    expect(isMatch, `${filter} of ${topic}`).toBe(topicMatches(filter, topic));
  }
});

test('of several that match the most important class counts', () => {
  const classes = new TopicClasses([
    { filter: '#', class: 'bulk' },
    { filter: 'a/#', class: 'standard' },
    { filter: 'a/alarm', class: 'critical' },
  ]);
  const rankOf = (topic: string): number => classes.rankOf(Buffer.from(topic), 0, topic.length);
  expect(['a/alarm', 'a/b', 'c'].map(rankOf)).toEqual([0, 1, 2]);
  expect([new TopicClasses([]).isEmpty, classes.isEmpty]).toEqual([true, false]);
  expect(new TopicClasses([{ filter: 'a', class: 'bulk' }]).rankOf(Buffer.from('b'), 0, 1)).toBe(-1);
});
