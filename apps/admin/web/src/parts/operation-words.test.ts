import type { Operation } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { operationWords } from './operation-words.ts';

const operation = (more: Partial<Operation>): Operation => ({
  ...{ id: 'op-1', action: 'ban', target: 'id:x', reason: 'because', by: 'ann', at: 1, endedAt: 2 },
  ...{ state: 'done', total: 2, outcomes: { applied: 2 }, detail: '' },
  ...more,
});

test.each<[Partial<Operation>, string]>([
  [{ detail: '3 connections ended' }, 'done · 2 applied · 3 connections ended'],
  [{ total: 1, outcomes: { applied: 1 }, detail: '1 connection ended' }, 'done · 1 connection ended'],
  [{ state: 'asked', outcomes: {}, detail: 'in force' }, 'asked · in force'],
  [
    { action: 'disconnect-many', outcomes: { 'disconnected': 1, 'not-here': 1 }, detail: 'of one of them' },
    'done · 1 disconnected, 1 not here',
  ],
  [{ total: 0, outcomes: {} }, 'done'],
])('%j is told as %j', (more, words) => {
  expect(operationWords(operation(more)).detail).toBe(words);
});
