import type { TraceEvent } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { factsOfEvent, filterEvents, pausedView } from './trace-rows.ts';

const event = (id: string, facts: Partial<TraceEvent> = {}): TraceEvent => ({
  id,
  at: 0,
  node: 'gw-1.a',
  device: 'pump-1',
  epoch: 1,
  direction: 'in',
  type: 'PUBLISH',
  topic: 'a/b',
  qos: null,
  packetId: null,
  bytes: 0,
  reasonCode: null,
  durationMs: null,
  detail: '',
  payloadBytes: 0,
  ...facts,
});

test('filters by all words, whatever their case', () => {
  const events = [event('1'), event('2', { type: 'PUBACK', topic: '' })];
  expect(filterEvents(events, ' publish A/B ').map(({ id }) => id)).toEqual(['1']);
  expect(filterEvents(events, '')).toBe(events);
  expect(filterEvents(events, 'nothing')).toEqual([]);
});

test('paused: what came since is counted, and nothing is lost when it falls out of the ring', () => {
  const events = ['5', '4', '3', '2'].map((id) => event(id));
  expect(pausedView(events, undefined)).toEqual({ shown: events, waiting: 0 });
  expect(pausedView(events, '3')).toEqual({ shown: events.slice(2), waiting: 2 });
  expect(pausedView(events, '1')).toEqual({ shown: [], waiting: 4 });
});

test('says what an event has', () => {
  expect(
    factsOfEvent(event('1', { qos: 1, packetId: 7, bytes: 120, reasonCode: 16, durationMs: 1.26 })),
  ).toBe('QoS 1 · id 7 · 120 B · 0x10 · after 1.3 ms');
  expect(factsOfEvent(event('1', { detail: 'keep-alive-timeout' }))).toBe('keep-alive-timeout');
});
