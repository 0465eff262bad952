import { expect, test } from 'vitest';
import { Notices } from './notices.ts';

function make() {
  const timers: { ms: number; then: () => void }[] = [];
  return { notices: new Notices((ms, then) => timers.push({ ms, then })), timers };
}

test('a notice goes by itself, trouble later, at most four are shown', () => {
  const { notices, timers } = make();
  for (const text of ['1', '2', '3', '4', '5']) notices.say({ kind: 'done', text });
  expect(notices.notices.map(({ text }) => text)).toEqual(['2', '3', '4', '5']);
  for (const { then } of timers) then();
  expect(notices.notices).toEqual([]);
  notices.say({ kind: 'trouble', text: 'x' });
  expect(timers.at(-1)?.ms).toBe(12_000);
});

test('operations are followed once each, the latest first', () => {
  const { notices } = make();
  let told = 0;
  notices.subscribe(() => told++);
  for (const id of ['a', 'b', 'a']) notices.follow(id);
  notices.unfollow('b');
  expect(notices.operations).toEqual(['a']);
  expect(told).toBe(4);
});
