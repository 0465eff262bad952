import { beforeEach, expect, test } from 'vitest';
import { messageOf } from '../testing/messages.ts';
import { Arriving } from './arriving.ts';

let arriving: Arriving;
beforeEach(() => (arriving = new Arriving()));

/** Whether it has come, a turn later. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([work.then(() => true), turn]);
}

test('who asks waits for what was given before, and not for what is given later', async () => {
  arriving.begin(messageOf({ topic: 't' }), true);
  arriving.begin(messageOf({ topic: 't' }), false);
  const asked = arriving.settled(['t', 'u'], false);
  arriving.begin(messageOf({ topic: 't' }), false);
  arriving.end('t');
  expect(await isOver(asked)).toBe(false);
  arriving.end('t');
  expect(await isOver(asked)).toBe(true);
  expect(arriving.has('t')).toBe(true);
  arriving.end('t');
  expect([arriving.has('t'), [...arriving.matching('#')]]).toEqual([false, []]);
});

test('where Redis has something, an older one need not wait', async () => {
  arriving.begin(messageOf({ topic: 'known' }), false);
  arriving.begin(messageOf({ topic: 'new' }), true);
  expect(await isOver(arriving.settled(['known'], true))).toBe(true);
  expect(await isOver(arriving.settled(['new'], true))).toBe(false);
  expect(arriving.firstCount).toBe(1);
  arriving.end('new');
  expect(arriving.firstCount).toBe(0);
});

test('a message is all there is until another one follows, or Redis has it', () => {
  const [first, second] = [messageOf({ topic: 't' }), messageOf({ topic: 't' })];
  arriving.begin(first, true);
  expect(arriving.isAll(first)).toBe(true);
  arriving.begin(second, false);
  expect([first, second].map((each) => arriving.isAll(each))).toEqual([false, true]);
  arriving.end('t');
  expect(arriving.isAll(second)).toBe(false);
});
