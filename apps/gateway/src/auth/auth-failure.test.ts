import { expect, test } from 'vitest';
import { countedUser, sayableUser } from './auth-failure.ts';

test.each([
  ['ann', 'ann'],
  [undefined, undefined],
  ['x'.repeat(65), undefined],
  ['eyJhbGciOiJIUzI1NiJ9.e30.x', undefined],
  ['two\nlines', undefined],
])('%j is written as %j', (user, said) => {
  expect(sayableUser(user)).toBe(said);
});

test('what may not be written is counted by a digest, each name by its own', () => {
  expect([countedUser(undefined), countedUser('ann')]).toEqual([undefined, 'ann']);
  const long = countedUser('x'.repeat(65));
  expect(long).toMatch(/^sha256:[0-9a-f]{32}$/);
  expect(countedUser('x'.repeat(65))).toBe(long);
  expect(countedUser('x'.repeat(66))).not.toBe(long);
});
