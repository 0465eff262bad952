import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('however many questions there are, one of them has its turn in each round of the event loop', async () => {
  let round = 0;
  let isCounting = true;
  const count = (): void => {
    round++;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  const rounds: number[] = [];
  const question = async (): Promise<void> => {
    let now = 0;
    const turns = new Turns(() => now);
    for (let piece = 0; piece < 5; piece++) {
      await turns.nextIfOver();
      rounds.push(round);
      now += 11;
    }
  };
  await Promise.all(Array.from({ length: 8 }, question));
  isCounting = false;
  expect(rounds).toHaveLength(40);
  expect(new Set(rounds).size).toBe(40);
});

test('a turn goes on until it is over', async () => {
  let now = 0;
  const turns = new Turns(() => now);
  await turns.nextIfOver();
  let others = 0;
  setImmediate(() => others++);
  await turns.nextIfOver();
  expect(others).toBe(0);
  now = 10;
  await turns.nextIfOver();
  expect(others).toBe(1);
});

test('more questions than can be answered are refused, and there is room again afterwards', async () => {
  const asked = await Promise.allSettled(Array.from({ length: 150 }, () => new Turns().nextIfOver()));
  const refused = asked.filter((answer) => answer.status === 'rejected');
  expect(refused).toHaveLength(50);
  expect(refused[0]!.reason).toMatchObject({ status: 503, code: 'too-many-questions' });
  await expect(new Turns().nextIfOver()).resolves.toBeUndefined();
});
