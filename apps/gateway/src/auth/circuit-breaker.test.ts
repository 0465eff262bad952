import { ManualClock } from '@tributary/runtime';
import { beforeEach, expect, test } from 'vitest';
import { BreakerOpen, CircuitBreaker } from './circuit-breaker.ts';

const limits = { maxFailures: 3, resetTimeoutMs: 1000, halfOpenSuccess: 2 };
let clock: ManualClock;
let breaker: CircuitBreaker;
let calls = 0;
beforeEach(() => {
  clock = new ManualClock();
  breaker = new CircuitBreaker(limits, () => clock.monotonic());
  calls = 0;
});

const good = (): Promise<string> => breaker.run(() => (calls++, Promise.resolve('good')));
const bad = (): Promise<string> => breaker.run(() => (calls++, Promise.reject(new Error('bad'))));
async function open(): Promise<void> {
  for (let i = 0; i < limits.maxFailures; i++) await expect(bad()).rejects.toThrow('bad');
}

test('failures in a row open it, and then nobody is asked', async () => {
  await expect(bad()).rejects.toThrow('bad');
  await expect(bad()).rejects.toThrow('bad');
  await good();
  await open();
  expect(breaker.state).toBe('open');
  const before = calls;
  await expect(good()).rejects.toThrow(BreakerOpen);
  expect(calls).toBe(before);
});

test('after its time one at a time is asked, until it has answered often enough', async () => {
  await open();
  clock.advance(999);
  await expect(good()).rejects.toThrow(BreakerOpen);
  clock.advance(1);
  expect(breaker.state).toBe('half-open');
  const [first, beside] = [good(), good()];
  await expect(beside).rejects.toThrow(BreakerOpen);
  await first;
  expect(breaker.state).toBe('half-open');
  await good();
  expect(breaker.state).toBe('closed');
});

test('one failure while it is tried opens it again', async () => {
  await open();
  clock.advance(1000);
  await good();
  await expect(bad()).rejects.toThrow('bad');
  expect(breaker.state).toBe('open');
  clock.advance(1000);
  await good();
  expect(breaker.state).toBe('half-open');
});

test('what began before it opened does not count afterwards', async () => {
  let fail = (): void => {};
  const late = breaker.run(() => new Promise<never>((_, reject) => (fail = () => reject(new Error('late')))));
  await open();
  clock.advance(1000);
  await good();
  fail();
  await expect(late).rejects.toThrow('late');
  await good();
  expect(breaker.state).toBe('closed');
});
