import { beforeEach, describe, expect, test } from 'vitest';
import { RateBook, type RatedDevice, type RatesConfig } from './rate-book.ts';

const none = { mode: 'enforce' } as const;
const unlimited: RatesConfig = {
  device: none,
  deviceOf: {},
  class: {},
  user: none,
  listener: none,
  node: none,
  replay: { mode: 'enforce' },
  maxPauseMs: 15_000,
  refusals: { rate: '60/m', burst: 100 },
};
const pump: RatedDevice = { clientId: 'pump', user: 'anna', class: 'standard', listener: 'mqtt' };

let nowMs: number;
beforeEach(() => void (nowMs = 1000));

const bookOf = (config: Partial<RatesConfig>): RateBook =>
  new RateBook({ ...unlimited, ...config }, () => nowMs);
const rules = (book: RateBook, device: Partial<RatedDevice> = {}): string[] =>
  book.enter({ ...pump, ...device }).map(({ limit }) => limit.rule);

test('without a rate nobody is under a limit', () => {
  expect(rules(bookOf({}))).toEqual([]);
  expect(bookOf({}).enterReplay('pump')).toEqual([]);
});

test('a device is under its own limits and those it shares', () => {
  const messages = { rate: '5/s' };
  const book = bookOf({
    device: { mode: 'enforce', messages, bytes: { rate: '1KiB/s' } },
    user: { mode: 'observe', messages },
    class: { bulk: { mode: 'enforce', messages } },
    listener: { mode: 'enforce', messages },
    node: { mode: 'off', messages },
  });
  const own = ['rates.device.messages', 'rates.device.bytes'];
  expect(rules(book)).toEqual([...own, 'rates.user.messages', 'rates.listener.messages']);
  expect(rules(book, { clientId: 'b', user: undefined, class: 'bulk' })).toEqual([
    ...own,
    'rates.class.bulk.messages',
    'rates.listener.messages',
  ]);
});

test('what is said of the devices of a class comes before what is said of all, messages and bytes each on its own', () => {
  const book = bookOf({
    device: { mode: 'enforce', messages: { rate: '5/s' }, bytes: { rate: '1KiB/s' } },
    deviceOf: {
      critical: { mode: 'enforce', messages: { rate: '500/s' } },
      bulk: { mode: 'off', bytes: { rate: '1B/s' } },
    },
  });
  expect(rules(book, { clientId: 'a', class: 'critical' })).toEqual([
    'rates.deviceOf.critical.messages',
    'rates.device.bytes',
  ]);
  expect(rules(book, { clientId: 'b', class: 'bulk' })).toEqual(['rates.device.messages']);
});

describe('a burst', () => {
  const book = (): RateBook => bookOf({ device: { mode: 'enforce', messages: { rate: '1/s', burst: 4 } } });

  test('is not given again to who comes back', () => {
    const rates = book();
    rates.enter(pump)[0]!.bucket.spend(4, nowMs);
    rates.leave(pump);
    nowMs += 1500;
    rates.sweep();
    expect(rates.enter(pump)[0]!.bucket.level(nowMs)).toBe(1.5);
  });

  test('is whole again after a while away, and nothing is remembered', () => {
    const rates = book();
    const [before] = rates.enter(pump);
    before!.bucket.spend(4, nowMs);
    rates.leave(pump);
    nowMs += 4000;
    rates.sweep();
    const [after] = rates.enter(pump);
    expect(after).not.toBe(before);
    expect(after!.bucket.level(nowMs)).toBe(4);
  });

  test('is one for two connections of a device, the older of which still ends', () => {
    const rates = book();
    const [first] = rates.enter(pump);
    expect(rates.enter(pump)[0]).toBe(first);
    rates.leave(pump);
    first!.bucket.spend(3, nowMs);
    expect(rates.enter(pump)[0]!.bucket.level(nowMs)).toBe(1);
  });
});

test('users, listeners and classes have one meter each for all their devices', () => {
  const limits = { mode: 'enforce', messages: { rate: '1/s' } } as const;
  const book = bookOf({ user: limits, listener: limits, node: limits, class: { standard: limits } });
  const first = book.enter(pump);
  const second = book.enter({ ...pump, clientId: 'other' });
  expect(second).toEqual(first);
  second.forEach((meter, i) => expect(meter).toBe(first[i]));
  const elsewhere = book.enter({ ...pump, clientId: 'third', user: 'ben', listener: 'ws', class: 'bulk' });
  expect(elsewhere.map((meter) => first.includes(meter))).toEqual([false, false, true]);
});

test('other rates hold at once, and what was used is not forgotten', () => {
  const limits = (rate: string) => ({ mode: 'enforce', messages: { rate, burst: 10 } }) as const;
  const book = bookOf({ device: limits('1/s'), node: limits('1/s') });
  const [own, node] = book.enter(pump);
  own!.bucket.spend(12, nowMs);
  node!.bucket.spend(12, nowMs);
  book.leave(pump);
  book.configure({ ...unlimited, device: limits('4/s'), node: limits('2/s') });
  const after = book.enter(pump);
  expect(after.map(({ bucket }) => bucket.debtMs(nowMs))).toEqual([500, 1000]);
  expect(after.map(({ limit }) => limit.text)).toEqual(['4/s, burst 10', '2/s, burst 10']);
});
