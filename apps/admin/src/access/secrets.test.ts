import { expect, test } from 'vitest';
import { digestOf, randomSecret, readablePassword } from './secrets.ts';

test('a made password is readable and has 100 bits', () => {
  const passwords = Array.from({ length: 200 }, readablePassword);
  expect(new Set(passwords).size).toBe(200);
  for (const password of passwords)
    expect(password).toMatch(/^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){3}$/);
  // All 32 letters are used: 20 letters of 5 bits each.
  expect(new Set(passwords.join('').replaceAll('-', '')).size).toBe(32);
});

test('a secret has 256 bits, and what is stored of it does not contain it', () => {
  const secret = randomSecret();
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(digestOf(secret)).not.toContain(secret);
  expect(digestOf(secret)).toBe(digestOf(secret));
});
