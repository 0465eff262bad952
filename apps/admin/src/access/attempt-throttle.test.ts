import { ManualClock } from '@tributary/runtime';
import { beforeEach, expect, test } from 'vitest';
import { AttemptThrottle } from './attempt-throttle.ts';

let clock: ManualClock;
let throttle: AttemptThrottle;
beforeEach(() => {
  clock = new ManualClock();
  throttle = new AttemptThrottle(clock);
});

/** How long each of so many failures in a row has to wait, tried as soon as allowed. */
function waits(count: number, address: (i: number) => string, name: (i: number) => string): number[] {
  return Array.from({ length: count }, (_, i) => {
    const waitMs = throttle.begin(address(i), name(i));
    clock.advance(waitMs);
    if (waitMs > 0) expect(throttle.begin(address(i), name(i))).toBe(0);
    return waitMs;
  });
}

test('an address may mistype five times; then every failure doubles the wait, up to a quarter of an hour', () => {
  const seen = waits(
    18,
    () => '192.0.2.1',
    (i) => `name-${i}`,
  );
  expect(seen.slice(0, 9)).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000]);
  expect(seen.at(-1)).toBe(900_000);
});

test('a name is throttled wherever the attempts come from, up to a minute', () => {
  const seen = waits(
    20,
    (i) => `192.0.2.${i}`,
    () => 'admin',
  );
  expect(seen.slice(0, 13)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 2000, 4000]);
  expect(seen.at(-1)).toBe(60_000);
});

test('many attempts at the same time count as many', () => {
  const answers = Array.from({ length: 20 }, () => throttle.begin('192.0.2.1', 'admin'));
  expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(5);
});

test('strangers who fail on purpose do not lock out whoever signed in here before', () => {
  throttle.begin('198.51.100.7', 'admin');
  throttle.succeeded('198.51.100.7', 'admin');
  for (let i = 0; i < 10; i++) throttle.begin(`192.0.2.${i}`, 'admin');
  expect(throttle.begin('192.0.2.99', 'admin')).toBeGreaterThan(0);
  expect(throttle.begin('198.51.100.7', 'admin')).toBe(0);
});

test('who signs in with a name of their own in between does not get more attempts at another', () => {
  for (let i = 0; i < 5; i++) {
    throttle.begin('192.0.2.1', 'victim');
    if (throttle.begin('192.0.2.1', 'own') === 0) throttle.succeeded('192.0.2.1', 'own');
  }
  expect(throttle.begin('192.0.2.1', 'victim')).toBeGreaterThan(0);
});

test('an attempt nobody could decide does not count', () => {
  for (let i = 0; i < 50; i++) {
    expect(throttle.begin('192.0.2.1', 'admin')).toBe(0);
    throttle.undecided('192.0.2.1', 'admin');
  }
});

test('half an hour without an attempt is forgiven', () => {
  for (let i = 0; i < 6; i++) throttle.begin('192.0.2.1', 'admin');
  clock.advance(30 * 60_000 + 1);
  expect(Array.from({ length: 5 }, () => throttle.begin('192.0.2.1', 'admin'))).toEqual([0, 0, 0, 0, 0]);
});

test('all addresses of one IPv6 subscriber are one source', () => {
  const addresses = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::7', '2001:db8:1:2:3:4:5:6'];
  for (let i = 0; i < 5; i++) throttle.begin(addresses[i % 3]!, `name-${i}`);
  expect(throttle.begin('2001:db8:1:2::99', 'another')).toBeGreaterThan(0);
  expect(throttle.begin('2001:db8:1:3::99', 'another')).toBe(0);
});

test('IPv4 is the same address in either way of writing', () => {
  for (let i = 0; i < 5; i++) throttle.begin('192.0.2.1', `name-${i}`);
  expect(throttle.begin('::ffff:192.0.2.1', 'another')).toBeGreaterThan(0);
  expect(throttle.begin('::ffff:192.0.2.2', 'another')).toBe(0);
});

test('a flood of made-up names and addresses takes no more memory than ten thousand of them', () => {
  for (let i = 0; i < 30_000; i++) throttle.begin(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, `name-${i}`);
  expect(throttle.remembered).toEqual({ addresses: 10_000, names: 10_000 });
});
