import { expect, test } from 'vitest';
import { throttledText } from './throttled-text.ts';

const textOf = (fields: Record<string, string>): string => throttledText((name) => fields[name] ?? '');

const device = { rule: 'rates.device.messages', limit: '50/s, burst 100', reason: 'message-rate' };

test.each([
  [
    { ...device, action: 'pause', count: '412', refused: '0', pausedMs: '55100', waitMs: '20' },
    'Throttled by rates.device.messages (50/s, burst 100): 412 times; paused for 55 s in all',
  ],
  [
    { ...device, limit: '10/h', action: 'refuse', count: '1', refused: '1', pausedMs: '0', waitMs: '360000' },
    'Throttled by rates.device.messages (10/h): 1 time; 1 refused, as it would have taken a pause of 6 min',
  ],
  [
    { ...device, action: 'close', count: '101', refused: '101', pausedMs: '0', waitMs: '0' },
    'Throttled by rates.device.messages (50/s, burst 100): 101 times; 101 refused; disconnected',
  ],
  [
    { ...device, observed: '1', action: 'pause', count: '2412', refused: '0', waitMs: '30', sent: '90.24' },
    'Would have been throttled by rates.device.messages (50/s, burst 100): 2412 messages above it; 90.3/s would have let them through',
  ],
  [
    {
      ...device,
      rule: 'rates.user.bytes',
      limit: '1MiB/s',
      reason: 'byte-rate',
      observed: '1',
      count: '1',
      sent: '2097152',
    },
    'Would have been throttled by rates.user.bytes (1MiB/s): 1 message above it; 2048KiB/s would have let them through',
  ],
  [
    { rule: 'limits.maxSubscriptions', reason: 'subscriptions', action: 'refuse', count: '3', refused: '3' },
    'Throttled by limits.maxSubscriptions: 3 times; 3 refused',
  ],
  [{ reason: 'rate-exceeded' }, 'Throttled: rate exceeded'],
  [
    { ...device, count: 'many', pausedMs: '-1', refused: 'NaN' },
    'Throttled by rates.device.messages (50/s, burst 100)',
  ],
])('%j', (fields, text) => {
  expect(textOf(fields as Record<string, string>)).toBe(text);
});
