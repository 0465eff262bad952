import { expect, test } from 'vitest';
import { changeWords, shareText, thinned } from './figure-words.ts';

test('a share is never rounded up to all', () => {
  expect([shareText(0.99999), shareText(1), shareText(0), shareText(0.5), shareText(null)]).toEqual([
    '99.9',
    '100',
    '0',
    '50.0',
    '–',
  ]);
});

test('the change against yesterday, and what is said without one', () => {
  expect(changeWords(0.98, 0.95)).toEqual({ kind: 'better', words: '▲ 3.0 since yesterday' });
  expect(changeWords(0.9, 0.95).kind).toBe('worse');
  expect(changeWords(0.95, 0.9502).words).toBe('as yesterday');
  expect(changeWords(0.95, null).words).toBe('no yesterday to compare');
  expect(changeWords(null, 0.95).words).toBe('nothing measured yet');
});

test('ten minutes of seconds become a line of sixty points, peaks among them', () => {
  const history = Array.from({ length: 600 }, (_, i): [number, number, number, number] => [
    i * 1000,
    5,
    i === 301 ? 90 : 3,
    0,
  ]);
  const line = thinned(history, 2);
  expect(line).toHaveLength(60);
  expect(Math.max(...line)).toBe(90);
  expect(thinned(history, 1).every((each) => each === 5)).toBe(true);
});
