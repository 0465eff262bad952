import { expect, test } from 'vitest';
import { Refusals } from './refusals.ts';

test('the most frequent are told every 15 s, without their ports, and counted anew', () => {
  const refusals = new Refusals(0);
  for (let i = 0; i < 3; i++) refusals.note('banned', `10.0.0.1:${5000 + i}`);
  refusals.note('bad-client-id', '[2001:db8::1]:1');
  expect(refusals.takeDue(14_999)).toBeUndefined();
  expect(refusals.takeDue(15_000)).toEqual([
    ['banned', '10.0.0.1', 3],
    ['bad-client-id', '2001:db8::1', 1],
  ]);
  expect(refusals.takeDue(20_000)).toBeUndefined();
  expect(refusals.takeDue(30_000)).toEqual([]);
});

test('an address without a port is whole', () => {
  const refusals = new Refusals(0);
  for (const address of ['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:7', '10.0.0.1', 'unknown'])
    refusals.note('banned', address);
  expect(refusals.takeDue(15_000)).toEqual([
    ['banned', '2001:db8::1', 3],
    ['banned', '10.0.0.1', 1],
    ['banned', 'unknown', 1],
  ]);
});

test('a flood from everywhere is counted in bounded memory', () => {
  const refusals = new Refusals(0);
  for (let i = 0; i < 100_000; i++) refusals.note('banned', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`);
  const told = refusals.takeDue(15_000)!;
  expect(told).toHaveLength(20);
  expect(told[0]).toEqual(['banned', 'others', 98_000]);
});
