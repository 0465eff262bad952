import { expect, test } from 'vitest';
import { topicSafe } from './substitution.ts';

test.each([
  ['pump-1', 'pump-1'],
  ['a/b', 'a%2Fb'],
  ['+', '%2B'],
  ['#', '%23'],
  ['100%', '100%25'],
  ['\u0000\n\u001f', '%00%0A%1F'],
  ['Pümpe €', 'Pümpe €'],
  ['$share/x/#', '$share%2Fx%2F%23'],
  ['$&', '$&'],
])('%j stands in a topic as %j', (value, safe) => {
  expect(topicSafe(value)).toBe(safe);
});
