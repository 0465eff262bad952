import { expect, test } from 'vitest';
import { Ledger } from './ledger.ts';
import { limitOf } from './rate-limit.ts';

const limit = limitOf(
  { scope: 'device', reason: 'message-rate', rule: 'rates.device.messages', isObserved: false },
  { rate: '1/h', burst: 2 },
);

test('remembers so many who are away and in debt, and then forgets the one who left first', () => {
  const ledger = new Ledger(false, 3);
  for (const key of ['a', 'b', 'c', 'd']) {
    ledger.enter(key, [limit], 0).meters[0]!.bucket.spend(2, 0);
    ledger.leave(key, 0);
  }
  expect(ledger.size).toBe(3);
  expect(ledger.enter('a', [limit], 0).meters[0]!.bucket.level(0)).toBe(2);
  expect(ledger.enter('b', [limit], 0).meters[0]!.bucket.level(0)).toBe(0);
});

test('who used nothing leaves nothing behind', () => {
  const ledger = new Ledger(false);
  for (let i = 0; i < 1000; i++) {
    ledger.enter(`d${i}`, [limit], 0);
    ledger.leave(`d${i}`, 0);
  }
  expect(ledger.size).toBe(0);
});

test('who leaves without having entered takes nothing from the others', () => {
  const ledger = new Ledger(false);
  ledger.enter('a', [limit], 0).meters[0]!.bucket.spend(2, 0);
  ledger.leave('a', 0);
  ledger.leave('a', 0);
  const first = ledger.enter('a', [limit], 0);
  ledger.enter('a', [limit], 0);
  ledger.leave('a', 0);
  ledger.sweep(1e9);
  expect(ledger.enter('a', [limit], 0)).toBe(first);
});
