import type { Alarm } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { alarmGroups, refusalWords } from './problem-words.ts';

const alarm = (id: string, facts: Partial<Alarm>): Alarm => ({
  id,
  kind: 'node-silent',
  severity: 'warning',
  state: 'open',
  subject: id,
  text: '',
  raisedAt: 0,
  seenAt: 0,
  closedAt: null,
  acknowledgedBy: null,
  mutedUntil: null,
  mutedBy: null,
  link: '/',
  ...facts,
});

test('open alarms: the worst first, then the newest; known and closed ones apart', () => {
  const groups = alarmGroups([
    alarm('old', { raisedAt: 1 }),
    alarm('new', { raisedAt: 2 }),
    alarm('worst', { severity: 'critical', raisedAt: 0 }),
    alarm('seen', { state: 'acknowledged' }),
    alarm('quiet', { state: 'muted', raisedAt: 9 }),
    alarm('gone', { state: 'closed', closedAt: 5 }),
  ]);
  expect(groups.open.map(({ id }) => id)).toEqual(['worst', 'new', 'old']);
  expect(groups.known.map(({ id }) => id)).toEqual(['quiet', 'seen']);
  expect(groups.closed.map(({ id }) => id)).toEqual(['gone']);
});

test('a reason is read as words', () => expect(refusalWords('not-authorized')).toBe('not authorized'));
