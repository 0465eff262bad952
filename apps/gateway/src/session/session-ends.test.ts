import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Deadlines } from '../connection/deadlines.ts';
import { SessionEnds } from './session-ends.ts';
import type { Session } from './session.ts';

function desk() {
  const clock = new ManualClock();
  const deadlines = new Deadlines(() => clock.monotonic());
  const ends = new SessionEnds(deadlines, () => clock.now());
  const ended: string[] = [];
  const session = (name: string): Session =>
    ({ close: (reason: string) => void ended.push(`${name} ${reason}`) }) as unknown as Session;
  const pass = (ms: number): void => {
    clock.advance(ms);
    deadlines.tick();
  };
  return { clock, ends, ended, session, pass };
}

test('a session ends at its time, and not before', () => {
  const { clock, ends, ended, session, pass } = desk();
  ends.endAt(session('a'), clock.now() + 60_000, 'credentials-expired');
  pass(59_000);
  expect(ended).toEqual([]);
  pass(1500);
  expect(ended).toEqual(['a credentials-expired']);
  expect(ends.size).toBe(0);
});

test('one that has ended by itself is not held on to', () => {
  const { clock, ends, ended, session, pass } = desk();
  const one = session('a');
  ends.endAt(one, clock.now() + 1000, 'credentials-expired');
  ends.forget(one);
  expect(ends.size).toBe(0);
  pass(10_000);
  expect(ended).toEqual([]);
});

test('an end beyond every life needs no timer, one that has passed comes at once', () => {
  const { clock, ends, ended, session, pass } = desk();
  ends.endAt(session('far'), 8.64e15, 'credentials-expired');
  ends.endAt(session('past'), clock.now() - 1000, 'credentials-expired');
  expect(ends.size).toBe(1);
  pass(1000);
  expect(ended).toEqual(['past credentials-expired']);
});
