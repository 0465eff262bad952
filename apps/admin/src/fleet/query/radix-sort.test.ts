import { expect, test } from 'vitest';
import { orderOfKeys } from './radix-sort.ts';

const keys = [
  3,
  -0,
  0,
  Number.NaN,
  -5,
  1.5,
  3,
  Infinity,
  -Infinity,
  1e-300,
  -1e300,
  1_700_000_000_123,
  Number.NaN,
  3,
];

function expected(values: readonly number[], isDescending: boolean): number[] {
  const rank = (value: number): number => (isDescending ? -value : value);
  return values
    .map((value, place) => ({ value, place }))
    .sort((a, b) => {
      if (Number.isNaN(a.value) || Number.isNaN(b.value))
        return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || a.place - b.place;
      return a.value === b.value ? a.place - b.place : rank(a.value) < rank(b.value) ? -1 : 1;
    })
    .map(({ place }) => place);
}

test.each([false, true])(
  'orders any numbers, equal ones as they were, NaN last (descending: %s)',
  (isDescending) => {
    expect([...orderOfKeys(Float64Array.from(keys), isDescending)]).toEqual(expected(keys, isDescending));
  },
);

test.each([false, true])('orders many numbers of many sizes (descending: %s)', (isDescending) => {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const many = Array.from({ length: 5000 }, () => Math.round((random() - 0.5) * 10 ** (random() * 12)));
  expect([...orderOfKeys(Float64Array.from(many), isDescending)]).toEqual(expected(many, isDescending));
});

test('nothing is in order', () => expect(orderOfKeys(new Float64Array(), true)).toHaveLength(0));
