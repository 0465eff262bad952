import { expect, test } from 'vitest';
import { isTagName, isTagValue, readTags } from './tags.ts';

test.each(['site', 'a', '9', 'fw_version-2', '__proto__', 'x'.repeat(32)])('%j names a tag', (name) => {
  expect(isTagName(name)).toBe(true);
});

test.each(['', 'Site', 'a b', 'ä', 'a.b', 'x'.repeat(33), 'a\n'])('%j does not', (name) => {
  expect(isTagName(name)).toBe(false);
});

test.each(['kiel', ' ', '<b>', 'ä'.repeat(64), '🚚'.repeat(64)])('%j is a value', (value) => {
  expect(isTagValue(value)).toBe(true);
});

test.each(['', 'x'.repeat(65), '🚚'.repeat(65), 'a\0', 'a\nb', '\ud800', 5, null, ['a']])(
  '%j is none',
  (value) => {
    expect(isTagValue(value)).toBe(false);
  },
);

test('what does not fit is left out and counted; what is there already is kept', () => {
  const said = [
    ['site', 'lübeck'],
    ['fw', '1.2'],
    ['FW', '1.3'],
    ['long', 'x'.repeat(65)],
    ['__proto__', 'x'],
    ['number', 5],
  ] as const;
  const { tags, leftOut } = readTags(said, { site: 'kiel' });
  expect(Object.entries(tags)).toEqual([
    ['site', 'kiel'],
    ['fw', '1.2'],
    ['__proto__', 'x'],
  ]);
  expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  expect(leftOut).toBe(3);
});

test('a device has 16 tags at the most', () => {
  const said = Array.from({ length: 20 }, (_, i) => [`t${i}`, 'x'] as const);
  const { tags, leftOut } = readTags(said);
  expect(Object.keys(tags)).toHaveLength(16);
  expect(leftOut).toBe(4);
});
