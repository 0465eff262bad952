import { expect, test } from 'vitest';
import { once, withDeadline } from './deadline.ts';

const never = new Promise<string>(() => undefined);

test('gives the outcome of work that comes in time', async () => {
  await expect(withDeadline(Promise.resolve('done'), 1000, () => 'late')).resolves.toBe('done');
  await expect(withDeadline(Promise.reject(new Error('broken')), 1000, () => 'late')).rejects.toThrow(
    'broken',
  );
});

test('asks what to do once work is late, and that may be to throw', async () => {
  await expect(withDeadline(never, 1, () => 'late')).resolves.toBe('late');
  const throwing = withDeadline(never, 1, () => {
    throw new Error('too late');
  });
  await expect(throwing).rejects.toThrow('too late');
});

test('swallows a rejection that comes after the deadline', async () => {
  let fail: (cause: Error) => void = () => undefined;
  const work = new Promise<string>((_, reject) => {
    fail = reject;
  });
  await withDeadline(work, 1, () => 'late');
  fail(new Error('nobody waits for this')); // unhandled, it would fail the run
  await new Promise((resolve) => setImmediate(resolve));
});

test('an action wrapped with once runs once, and every caller gets its outcome', async () => {
  let runs = 0;
  const stop = once(() => Promise.resolve((runs += 1)));
  expect(await Promise.all([stop(), stop()])).toEqual([1, 1]);
  expect(await stop()).toBe(1);
});
