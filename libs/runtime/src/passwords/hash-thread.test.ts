import { onTestFinished, expect, test } from 'vitest';
import { HashThread } from './hash-thread.ts';
import { hashPassword, parseHash } from './password-hash.ts';

function thread(): HashThread {
  const it = new HashThread();
  onTestFinished(() => it.stop());
  return it;
}
const stored = parseHash(await hashPassword('Zürich', { ln: 4, r: 8, p: 1 }))!;

test('says of each password whether it is the one, in whatever way its characters are composed', async () => {
  const it = thread();
  const passwords = ['Zürich', 'zürich', 'Zürich'.normalize('NFD'), '', Buffer.from('Zürich')];
  const answers = await Promise.all(passwords.map((password) => it.matches(password, stored)));
  expect(answers).toEqual([true, false, true, false, true]);
});

test('a hash that cannot be made is an error of its own', async () => {
  const it = thread();
  await expect(it.matches('x', { ...stored, ln: 0 })).rejects.toThrow(/scrypt/i);
  expect(await it.matches('Zürich', stored)).toBe(true);
});

test('one that was ended begins anew when it is needed', async () => {
  const it = thread();
  const cut = it.matches('Zürich', stored);
  it.stop();
  await expect(cut).rejects.toThrow(/ended/);
  expect(await it.matches('Zürich', stored)).toBe(true);
});

test('the loop turns while it hashes', async () => {
  const dear = parseHash(await hashPassword('x', { ln: 14, r: 8, p: 1 }))!;
  const it = thread();
  await it.matches('x', dear);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await Promise.all([it.matches('x', dear), it.matches('y', dear)]);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});
