import { expect, test } from 'vitest';
import { HashDesk } from './hash-desk.ts';

const cheap = { N: 1024, r: 8, p: 1 };

test('a name nobody has costs one hash, as a wrong password does', async () => {
  const desk = new HashDesk(cheap);
  const stored = await desk.hash('correct horse');
  const before = desk.runs;
  expect(await desk.matches('wrong', stored)).toBe(false);
  expect(desk.runs).toBe(before + 1);
  expect(await desk.matches('wrong', undefined)).toBe(false);
  expect(desk.runs).toBe(before + 2);
});

test('many at once are taken one after the other, and too many are sent away without a hash', async () => {
  const desk = new HashDesk(cheap);
  const stored = await desk.hash('correct horse');
  const before = desk.runs;
  const asked = Array.from({ length: 50 }, () => desk.matches('wrong', stored));
  const outcomes = await Promise.allSettled(asked);
  const refused = outcomes.filter((one) => one.status === 'rejected');
  expect(refused).toHaveLength(34);
  expect(refused.every(({ reason }) => (reason as { code: string }).code === 'too-many-attempts')).toBe(true);
  expect(desk.runs).toBe(before + 16);
  expect(await desk.matches('correct horse', stored)).toBe(true);
});
