import { expect, test } from 'vitest';
import { countIsTyped } from './bulk-rules.ts';

test.each([
  [1, '', true],
  [100, '', true],
  [101, '', false],
  [101, '10', false],
  [1204, '1204', true],
  [1204, '1,204', true],
  [1204, ' 1 204 ', true],
  [1204, '12040', false],
  [1204, '1204x', false],
])('%i devices, typed %j: %s', (count, typed, isTyped) => expect(countIsTyped(count, typed)).toBe(isTyped));
