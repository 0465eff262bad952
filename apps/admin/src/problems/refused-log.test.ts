import { expect, test } from 'vitest';
import { RefusedLog } from './refused-log.ts';

const now = 28_333_333 * 60_000;

test('sums an hour by reason and address, and five minutes by reason', () => {
  const log = new RefusedLog();
  log.add([{ reason: 'banned', address: '10.0.0.1', count: 3 }], now - 30 * 60_000);
  log.add([{ reason: 'banned', address: '10.0.0.1', count: 4 }], now);
  log.add([{ reason: 'bad-credentials', address: '10.0.0.2', count: 9 }], now);
  log.add([{ reason: 'banned', address: '10.0.0.1', count: 100 }], now - 61 * 60_000);
  expect(log.rows(now)).toMatchObject([
    { reason: 'bad-credentials', count: 9 },
    { reason: 'banned', address: '10.0.0.1', count: 7 },
  ]);
  expect(Object.fromEntries(log.byReason(now, 300_000))).toEqual({ 'banned': 4, 'bad-credentials': 9 });
});

test('more sources than can be told apart are still counted', () => {
  const log = new RefusedLog();
  for (let i = 0; i < 5000; i++) log.add([{ reason: 'banned', address: `a${i}`, count: 1 }], now);
  expect(log.byReason(now, 300_000).get('banned')).toBe(5000);
  const rows = log.rows(now);
  expect(rows).toHaveLength(50);
  expect(rows[0]).toMatchObject({ address: '', count: 4800 });
});
