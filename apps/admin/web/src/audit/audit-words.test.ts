import { expect, test } from 'vitest';
import { auditPath, factsOf } from './audit-words.ts';

test('asks for everything where nothing is said, and encodes what is', () => {
  expect(auditPath({ who: '', action: ' ', target: '' })).toBe('/audit?limit=100');
  expect(auditPath({ who: 'ada', action: 'device.', target: 'plant/3&x' })).toBe(
    '/audit?limit=100&who=ada&action=device.&target=plant%2F3%26x',
  );
});

test('facts are words, few, and without what says nothing', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, i]));
  expect(factsOf(many)).toHaveLength(8);
  expect(factsOf({ a: 'x', b: null, c: '', d: { e: 1 } })).toEqual([
    ['a', 'x'],
    ['d', '{"e":1}'],
  ]);
});
