import { expect, test } from 'vitest';
import { ReadingLine } from './reading-line.ts';

/** Work that ends when it is told to. */
function job() {
  let resolve: (done: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((...ends) => ([resolve, reject] = ends));
  let begun = 0;
  return {
    work: () => {
      begun++;
      return promise;
    },
    isBegun: () => begun === 1,
    end: () => resolve('done'),
    fail: () => reject(new Error('failed')),
  };
}

test('runs a few at a time, in order, and refuses when the line is full', async () => {
  const line = new ReadingLine({ maxRunning: 1, maxWaiting: 1 });
  const [first, second, third] = [job(), job(), job()];
  const one = line.run(first.work);
  const two = line.run(second.work);
  await expect(line.run(third.work)).rejects.toMatchObject({ status: 503, code: 'too-many-questions' });
  expect([first.isBegun(), second.isBegun(), third.isBegun()]).toEqual([true, false, false]);
  first.end();
  expect(await one).toBe('done');
  second.end();
  expect(await two).toBe('done');
});

test('a failure frees its place', async () => {
  const line = new ReadingLine({ maxRunning: 1, maxWaiting: 1 });
  const [first, second] = [job(), job()];
  const one = line.run(first.work);
  const two = line.run(second.work);
  first.fail();
  await expect(one).rejects.toThrow('failed');
  second.end();
  expect(await two).toBe('done');
  expect(await line.run(() => Promise.resolve('at once'))).toBe('at once');
});
