import { expect, test } from 'vitest';
import { ActionKeys } from './action-key.ts';

test('the same again has the same key, something else another one, each dialog its own', () => {
  const keys = new ActionKeys();
  const first = keys.for({ device: 'a', reason: 'because' });
  expect(keys.for({ device: 'a', reason: 'because' })).toBe(first);
  const second = keys.for({ device: 'b', reason: 'because' });
  expect(second).not.toBe(first);
  expect(keys.for({ device: 'b', reason: 'because' })).toBe(second);
  expect(new ActionKeys().for({ device: 'b', reason: 'because' })).not.toBe(second);
  expect(new ActionKeys().for(undefined)).not.toBe('');
});
