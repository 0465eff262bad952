import { closeReasons, type CloseReason } from '@tributary/protocol';
import { expect, test } from 'vitest';
import { endingOf } from './endings.ts';

test.each([
  ['shutdown', 'planned'],
  ['drained', 'planned'],
  ['node-lost', 'planned'],
  ['kicked', 'planned'],
  ['banned', 'planned'],
  ['store-failed', 'planned'],
  ['internal-error', 'planned'],
  ['normal', 'unplanned'],
  ['connection-lost', 'unplanned'],
  ['keep-alive-timeout', 'unplanned'],
  ['slow-consumer', 'unplanned'],
  ['malformed', 'fault'],
  ['rate-exceeded', 'fault'],
] as const)('%s is %s', (reason, ending) => {
  expect(endingOf(reason, false)).toBe(ending);
});

test('a sleepy device that says goodbye goes to sleep, one that is lost is lost', () => {
  expect(endingOf('normal', true)).toBe('planned');
  expect(endingOf('connection-lost', true)).toBe('unplanned');
});

test('every reason says something', () => {
  for (const reason of Object.keys(closeReasons) as CloseReason[])
    expect(['planned', 'unplanned', 'fault']).toContain(endingOf(reason, false));
});
