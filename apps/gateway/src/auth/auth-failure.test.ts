import { expect, test } from 'vitest';
import { sayableUser } from './auth-failure.ts';

test.each([
  ['ann', 'ann'],
  [undefined, undefined],
  ['x'.repeat(65), undefined],
  ['eyJhbGciOiJIUzI1NiJ9.e30.x', undefined],
  ['two\nlines', undefined],
])('%j is written as %j', (user, said) => {
  expect(sayableUser(user)).toBe(said);
});
