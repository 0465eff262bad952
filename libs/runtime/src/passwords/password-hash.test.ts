import { expect, test } from 'vitest';
import { hashPassword, matchesPassword, parseHash } from './password-hash.ts';

const cost = { ln: 4, r: 8, p: 1 };

test('a password matches its own hash, whatever way its characters are composed', async () => {
  const stored = parseHash(await hashPassword('Zürich', cost))!;
  expect(stored).toMatchObject(cost);
  expect(await matchesPassword('Zürich'.normalize('NFD'), stored)).toBe(true);
  expect(await matchesPassword(Buffer.from('Zürich'), stored)).toBe(true);
  expect(await matchesPassword('zürich', stored)).toBe(false);
  expect(await matchesPassword('', stored)).toBe(false);
});

test('the same password has another hash each time', async () => {
  expect(await hashPassword('x', cost)).not.toBe(await hashPassword('x', cost));
});

const salt = 'A'.repeat(22);
const hash = 'A'.repeat(43);
test.each([
  ['text', 'hunter2'],
  ['another kind of hash', '$2b$10$abcdefghijklmnopqrstuv'],
  ['a hash that takes 1 GB', `$scrypt$ln=20,r=8,p=1$${salt}$${hash}`],
  ['a hash that takes minutes', `$scrypt$ln=16,r=8,p=99$${salt}$${hash}`],
  ['no work at all', `$scrypt$ln=0,r=8,p=1$${salt}$${hash}`],
  ['no hash', `$scrypt$ln=14,r=8,p=5$${salt}$`],
  ['a short hash, which many passwords have', `$scrypt$ln=14,r=8,p=5$${salt}$AA`],
])('%s is no hash', (_, text) => {
  expect(parseHash(text)).toBeUndefined();
});

test('a cost out of bounds is not run', async () => {
  await expect(hashPassword('x', { ln: 30, r: 8, p: 1 })).rejects.toThrow(RangeError);
});
