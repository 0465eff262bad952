import { expect, test } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { rightsOf } from './session.ts';
import { signInWords } from './sign-in-words.ts';

const error = (code: string, retryAfter?: number): ApiError =>
  new ApiError({ status: 429, code, message: 'as the server says', requestId: 'r1', retryAfter });

test('refusals are told in words a person can act on', () => {
  expect(signInWords(error('wrong-credentials'))).toBe('Name or password is wrong.');
  expect(signInWords(error('too-many-attempts', 29.2))).toBe('Too many attempts. Try again in 30 s.');
  expect(signInWords(error('too-many-attempts', 900))).toBe('Too many attempts. Try again in 15 minutes.');
  expect(signInWords(error('too-many-attempts'))).toBe('Too many attempts. Try again later.');
  expect(signInWords(error('redis-away'))).toContain('nobody can sign in until it is back');
  expect(signInWords(error('internal-error'))).toBe('as the server says (request r1)');
});

test('each role may what those below it may', () => {
  const { may } = rightsOf({ role: 'operator', canReadPayload: false });
  expect([may('viewer'), may('operator'), may('admin')]).toEqual([true, true, false]);
});
