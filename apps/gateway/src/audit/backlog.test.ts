import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

const line = (text: string): Buffer => Buffer.from(text);

test('lines leave in their order, a batch at a time', () => {
  const backlog = new Backlog(100);
  for (const text of ['aa', 'bb', 'cc']) backlog.offer(line(text));
  expect(backlog.takeUpTo(5)).toEqual({ bytes: line('aabb'), lines: 2 });
  expect([backlog.bytes, backlog.isEmpty]).toEqual([2, false]);
  expect(backlog.takeUpTo(1)).toEqual({ bytes: line('cc'), lines: 1 });
  expect([backlog.bytes, backlog.isEmpty]).toEqual([0, true]);
});

test('what finds no room is counted', () => {
  const backlog = new Backlog(3);
  expect([backlog.offer(line('aa')), backlog.offer(line('bb'))]).toEqual([true, false]);
  expect([backlog.bytes, backlog.dropped]).toEqual([2, 1]);
});

test('a batch that is given back goes first, and each of its lines is lost when nobody takes it', () => {
  const backlog = new Backlog(100);
  for (const text of ['aa', 'bb', 'cc']) backlog.offer(line(text));
  backlog.giveBack(backlog.takeUpTo(4));
  expect(backlog.bytes).toBe(6);
  const batch = backlog.takeUpTo(1);
  expect(batch).toEqual({ bytes: line('aabb'), lines: 2 });
  backlog.giveBack(batch);
  backlog.abandon();
  expect([backlog.dropped, backlog.bytes, backlog.isEmpty]).toEqual([3, 0, true]);
});
