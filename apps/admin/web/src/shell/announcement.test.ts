import type { Fleet } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { alarmWords, announcementOf, isWorthSaying } from './announcement.ts';

const fleet = (connected: number, poor = 0, critical = 0, unknown = 0): Fleet =>
  ({
    devices: { total: connected, connected, offline: 0, unknown, isFull: false },
    quality: { bands: { excellent: connected - poor, good: 0, fair: 0, poor, bad: 0, unknown: 0 } },
    alarms: { critical, warning: 0 },
  }) as unknown as Fleet;

test('the fleet in one sentence', () => {
  expect(announcementOf(fleet(99_024, 1188))).toBe('99,024 online, 1.2 % poor');
  expect(announcementOf(fleet(10, 0, 0, 3))).toBe('10 online, 0.0 % poor, 3 unknown');
});

test('small movements are not worth a word, alarms and larger ones are', () => {
  expect(isWorthSaying(fleet(1000), fleet(1005))).toBe(false);
  expect(isWorthSaying(fleet(1000), fleet(980))).toBe(true);
  expect(isWorthSaying(fleet(1000, 10), fleet(1000, 16))).toBe(true);
  expect(isWorthSaying(fleet(1000), fleet(1000, 0, 1))).toBe(true);
});

test('an alarm that reads like the one before is said anew', () => {
  const first = alarmWords('', 1, 1);
  expect(first).toBe('1 new critical alarm, 1 open');
  const second = alarmWords(first, 1, 1);
  expect(second).not.toBe(first);
  expect(alarmWords(second, 1, 1)).not.toBe(second);
});
