import { expect, test } from 'vitest';
import { defaultCost, hashPassword, matchesHash, passwordHashSchema } from './password-hash.ts';

const cheap = { N: 1024, r: 8, p: 1 };

test('a password fits its hash and no other does', async () => {
  const stored = await hashPassword('correct horse', cheap);
  expect(await matchesHash('correct horse', stored)).toBe(true);
  for (const wrong of ['correct horsf', 'correct horse ', '', 'Correct horse']) {
    expect(await matchesHash(wrong, stored), wrong).toBe(false);
  }
});

test('the same password twice has two salts and two hashes', async () => {
  const [a, b] = [await hashPassword('x'.repeat(12), cheap), await hashPassword('x'.repeat(12), cheap)];
  expect(a.salt).not.toBe(b.salt);
  expect(a.hash).not.toBe(b.hash);
});

test('a letter typed as two code points is the same letter', async () => {
  const stored = await hashPassword('caf\u00e9 caf\u00e9 caf\u00e9', cheap);
  expect(await matchesHash('cafe\u0301 cafe\u0301 cafe\u0301', stored)).toBe(true);
});

test('the cost is kept beside the hash, so that it can be raised later', async () => {
  const stored = await hashPassword('correct horse', cheap);
  expect(stored).toMatchObject({ kind: 'scrypt', ...cheap });
  expect(passwordHashSchema.parse(stored)).toEqual(stored);
});

test('what is stored costs at least what OWASP asks of scrypt', () => {
  // The cheat sheet's equivalents: N=2^17 p=1, 2^16 p=2, 2^15 p=3, 2^14 p=5, all with r=8.
  expect(defaultCost.r).toBe(8);
  expect(defaultCost.N * defaultCost.p).toBeGreaterThanOrEqual(3 * 2 ** 15);
});

const good = { kind: 'scrypt', ...cheap, salt: 'AAAA', hash: 'AAAA' };
test.each([
  ['a cost that would exhaust the memory', { ...good, N: 2 ** 22 }],
  ['a cost that is no power of two', { ...good, N: 1000 }],
  ['endless work', { ...good, p: 1e9 }],
  ['another kind', { ...good, kind: 'md5' }],
  ['no hash', { ...good, hash: undefined }],
])('a record with %s is no password', (_what, record) => {
  expect(passwordHashSchema.safeParse(record).success).toBe(false);
});

test('a hash of nothing fits nothing', async () => {
  expect(await matchesHash('', { ...good, kind: 'scrypt', hash: '' })).toBe(false);
});
