import { expect, test } from 'vitest';
import { parseOverload } from './overload-state.ts';

test('a node says where its ladder stands, and for what', () => {
  const fields = {
    overloadStep: 'shed-bulk',
    overloadReason: 'backlog',
    overloadObserved: '1',
    overloadDevices: '7',
  };
  expect(parseOverload(new Map(Object.entries(fields)))).toEqual({
    step: 'shed-bulk',
    reason: 'backlog',
    isObserved: true,
    devices: 7,
  });
});

test.each([
  ['an older node, which says nothing', {}],
  ['a newer one with a step we do not know', { overloadStep: 'sleep', overloadReason: 'moon' }],
])('%s stands at the bottom', (_, fields) => {
  expect(parseOverload(new Map(Object.entries(fields)))).toEqual({
    step: 'normal',
    reason: null,
    isObserved: false,
    devices: 0,
  });
});
