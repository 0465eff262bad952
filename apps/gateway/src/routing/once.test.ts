import { beforeEach, expect, test } from 'vitest';
import { Once } from './once.ts';

let once: Once<string>;
let begun: { name: string; end: (result: string) => void }[];
let told: string[];

beforeEach(() => {
  once = new Once((result) => result !== 'bad');
  begun = [];
  told = [];
});

const run = (name: string, who: string): void =>
  once.run(
    name,
    (result) => told.push(`${who} ${result}`),
    (end) => begun.push({ name, end }),
  );

test('who asks while it goes on waits for it, and who asks afterwards is told how it ended', () => {
  run('a', 'first');
  run('a', 'second');
  expect([begun.length, told]).toEqual([1, []]);
  begun[0]!.end('good');
  expect(told).toEqual(['first good', 'second good']);
  run('a', 'third');
  expect([begun.length, told.at(-1)]).toEqual([1, 'third good']);
});

test('names do not mix', () => {
  run('a', 'a');
  run('b', 'b');
  begun[1]!.end('one');
  begun[0]!.end('other');
  expect(told).toEqual(['b one', 'a other']);
});

test('what ended badly is told to all who waited, and tried again by the next', () => {
  run('a', 'first');
  run('a', 'second');
  begun[0]!.end('bad');
  expect(told).toEqual(['first bad', 'second bad']);
  run('a', 'third');
  expect(begun).toHaveLength(2);
  begun[1]!.end('good');
  expect(told.at(-1)).toBe('third good');
});

test('what is forgotten is done again, and what goes on is not', () => {
  run('a', 'first');
  begun[0]!.end('good');
  run('b', 'first');
  once.forget();
  run('a', 'second');
  run('b', 'second');
  expect(begun.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
});

test('of very many the oldest are forgotten', () => {
  for (let n = 0; n < 60_000; n++) {
    run(String(n), '');
    begun.pop()!.end('good');
  }
  run('59999', 'newest');
  expect(begun).toHaveLength(0);
  run('0', 'oldest');
  expect(begun).toHaveLength(1);
});
