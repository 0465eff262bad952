import { expect, test } from 'vitest';
import { durationText } from './duration.ts';
import { toEntry, toPoint } from './timeline-entry.ts';

const line = (fields: Record<string, string>) => ({ id: '7-0', fields: new Map(Object.entries(fields)) });
const told = (fields: Record<string, string>) =>
  toEntry(line({ ts: '5', epoch: '3', node: 'gw-1.a', ...fields }));

test.each([
  [0, '0 ms'],
  [400, '400 ms'],
  [1000, '1 s'],
  [90_000, '1 min 30 s'],
  [185_000, '3 min'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
  [Number.NaN, '0 ms'],
  [-5, '0 ms'],
])('%d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [
    { kind: 'disconnected', reason: 'keep-alive-timeout', by: 'network', durationMs: '180000' },
    'Disconnected by the network after 3 min: keep-alive timeout (nothing was heard for 1.5 keep-alives)',
    'network',
  ],
  [
    { kind: 'disconnected', reason: 'kicked', by: 'gateway', durationMs: '2000' },
    'Disconnected by the gateway after 2 s: kicked (an operator ended it)',
    'gateway',
  ],
  [
    { kind: 'disconnected', reason: 'node-lost', durationMs: '60000' },
    'Lost with its node after 1 min',
    'gateway',
  ],
  [
    { kind: 'disconnected', reason: 'new-thing', by: 'device' },
    'Disconnected by the device: new thing',
    'device',
  ],
  [
    { kind: 'connected', protocol: 'mqtt5', transport: 'ws', address: '10.0.0.1:5' },
    'Connected from 10.0.0.1:5, MQTT 5 over WebSocket',
    'device',
  ],
  [
    { kind: 'superseded', protocol: 'tributary.v1', transport: 'ws', address: '[::1]:5' },
    'Taken over by a new connection from [::1]:5, plain WebSocket',
    'device',
  ],
  [
    { kind: 'quality', score: '42', band: 'poor', penalties: '{"rtt":40,"loss":18}' },
    'Quality is poor (42): round trip −40, loss −18',
    'network',
  ],
  [{ kind: 'quality', band: 'unknown' }, 'Quality is not known any more', 'network'],
  [
    { kind: 'action', action: 'disconnect', by: 'anna', reason: 'test', outcome: 'disconnected' },
    'disconnect by anna, disconnected: test',
    'operator',
  ],
  [
    { kind: 'class', class: 'critical', previousClass: 'bulk', cause: 'topic' },
    'Is critical now, was bulk: for what it publishes',
    'gateway',
  ],
  [{ kind: 'throttled', reason: 'rate-exceeded' }, 'Throttled: rate exceeded', 'gateway'],
])('%j', (fields, text, by) => {
  expect(told(fields)).toMatchObject({ text, by, at: 5, epoch: 3, node: 'gw-1.a', id: '7-0' });
});

test('what is hostile stays text of bounded length, what is unknown is left out', () => {
  const evil = '<img src=x onerror=alert(1)>\u202E'.repeat(1000);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, evil]));
  const entry = told({ kind: 'disconnected', reason: evil, by: evil, durationMs: 'soon', ...many });
  expect(JSON.stringify(entry).length).toBeLessThan(20_000);
  expect(entry?.text.length).toBeLessThanOrEqual(512);
  expect(told({ kind: 'constructor' })).toBeUndefined();
  expect(told({ kind: 'point' })).toBeUndefined();
  expect(told({ kind: 'disconnected', reason: 'toString', by: '__proto__' })?.reason).toBe('toString');
});

test('a point has what was measured, and null for what was not', () => {
  expect(
    toPoint(line({ kind: 'point', ts: '9', score: '80', penalties: '{"rtt":20}', rttMs: '120.5' })),
  ).toEqual({
    at: 9,
    score: 80,
    penalties: { rtt: 20, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
    rttMs: 120.5,
    jitterMs: null,
    lossRatio: null,
  });
  expect(toPoint(line({ kind: 'quality', ts: '9' }))).toMatchObject({ score: null, penalties: null });
  expect(toPoint(line({ kind: 'connected', ts: '9' }))).toBeUndefined();
});
