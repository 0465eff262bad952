import { expect, test } from 'vitest';
import { anonymous } from '../admission/identity.ts';
import { mayUse, ownClientId, vouchesForId } from './binding.ts';

const ann = { ...anonymous, by: 'users', user: 'ann' };
const pump = { ...ann, clientId: 'pump-1' };

test.each([
  ['ann', ann, 'equal', true],
  ['ann2', ann, 'equal', false],
  ['ann:1', ann, 'equal', false],
  ['ann', ann, 'prefix', true],
  ['ann:kitchen', ann, 'prefix', true],
  ['anna', ann, 'prefix', false],
  ['ann-1', ann, 'prefix', false],
  ['anything', ann, 'none', true],
  ['pump-1', pump, 'none', true],
  ['ann', pump, 'equal', false],
  ['pump-2', pump, 'none', false],
  ['x', anonymous, 'equal', false],
  ['x', anonymous, 'none', true],
] as const)('client id %s of %o under %s: %s', (clientId, identity, binding, isAllowed) => {
  expect(mayUse(clientId, identity, binding)).toBe(isAllowed);
});

test('whoever asks for an id gets its own, where it has one', () => {
  expect(ownClientId(pump, 'none')).toBe('pump-1');
  expect(ownClientId(ann, 'equal')).toBe('ann');
  expect(ownClientId(ann, 'none')).toBeUndefined();
});

test('a user alone vouches for no id that is free to choose', () => {
  expect(vouchesForId(ann, 'none')).toBe(false);
  expect(vouchesForId(ann, 'prefix')).toBe(true);
  expect(vouchesForId(pump, 'none')).toBe(true);
  expect(vouchesForId(anonymous, 'equal')).toBe(false);
});
