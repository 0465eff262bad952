import { expect, test } from 'vitest';
import { Exchanges } from './exchanges.ts';

test('an answer has the time since its message, in either direction', () => {
  const exchanges = new Exchanges();
  exchanges.timed('in', { type: 'PUBLISH', packetId: 1 }, 100);
  exchanges.timed('out', { type: 'PUBLISH', packetId: 1 }, 200);
  expect(exchanges.timed('out', { type: 'PUBACK', packetId: 1 }, 103.456)).toMatchObject({
    durationMs: 3.46,
  });
  expect(exchanges.timed('in', { type: 'PUBREC', packetId: 1 }, 250)).toMatchObject({ durationMs: 50 });
});

test('an answer to nothing has none, nor has a second one', () => {
  const exchanges = new Exchanges();
  expect(exchanges.timed('out', { type: 'PUBACK', packetId: 1 }, 1)).not.toHaveProperty('durationMs');
  exchanges.timed('in', { type: 'PUBLISH', packetId: 1 }, 1);
  exchanges.timed('out', { type: 'PUBACK', packetId: 1 }, 2);
  expect(exchanges.timed('out', { type: 'PUBACK', packetId: 1 }, 3)).not.toHaveProperty('durationMs');
});

test('messages that are never answered take no more room than 256', () => {
  const exchanges = new Exchanges();
  for (let id = 1; id <= 300; id++) exchanges.timed('in', { type: 'PUBLISH', packetId: id }, id);
  expect(exchanges.timed('out', { type: 'PUBACK', packetId: 44 }, 400)).not.toHaveProperty('durationMs');
  expect(exchanges.timed('out', { type: 'PUBACK', packetId: 45 }, 400)).toHaveProperty('durationMs');
});
