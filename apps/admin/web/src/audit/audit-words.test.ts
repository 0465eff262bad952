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
  expect(factsOf({ until: 0, expiresAt: 1e300, outcomes: { disconnected: 2, expired: 1 } })).toEqual([
    ['until', '1970-01-01T00:00:00.000Z'],
    ['expiresAt', '1e+300'],
    ['outcomes', '2 disconnected, 1 expired'],
  ]);
});
