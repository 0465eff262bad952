import { expect, test } from 'vitest';
import { orderWords } from './order-words.ts';

test.each([
  [{ moved: 0, added: 0, isExpired: false }, undefined],
  [{ moved: 1, added: 0, isExpired: false }, '1 row would move'],
  [{ moved: 1234, added: 2, isExpired: false }, '1,234 rows would move, 2 new'],
  [{ moved: 0, added: 0, isExpired: true }, 'this order is old'],
])('%j', (state, words) => expect(orderWords(state)).toBe(words));
