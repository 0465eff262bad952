import { expect, test } from 'vitest';
import { Penalties } from './penalties.ts';

const lengths = { seconds: 60, maxSeconds: 3600, forgetSeconds: 86_400 };
const start = 1_700_000_000_000;

test('each ban is twice as long as the one before, up to the longest', () => {
  const penalties = new Penalties(lengths);
  let now = start;
  const seconds = Array.from({ length: 8 }, () => {
    const { forMs } = penalties.next('id:a', now);
    now += forMs;
    return forMs / 1000;
  });
  expect(seconds).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600]);
  expect(penalties.next('id:b', now)).toEqual({ strikes: 1, forMs: 60_000 });
});

test('a day after the end of the last one it begins anew', () => {
  const penalties = new Penalties(lengths);
  penalties.next('id:a', start);
  expect(penalties.next('id:a', start + 60_000 + 86_399_999).strikes).toBe(2);
  expect(penalties.next('id:a', start + 10 * 86_400_000).strikes).toBe(1);
});

test('what another node did counts, and what an operator lifted is forgiven', () => {
  const penalties = new Penalties(lengths);
  penalties.learn('id:a', 3, start + 1000);
  expect(penalties.next('id:a', start + 2000).strikes).toBe(4);
  penalties.learn('id:a', 1, start);
  expect(penalties.next('id:a', start + 2000).strikes).toBe(5);
  penalties.forgive('id:a');
  expect(penalties.next('id:a', start + 2000).strikes).toBe(1);
});

test('no length of a ban is beyond the longest, however often', () => {
  const penalties = new Penalties(lengths);
  penalties.learn('id:a', 5000, start);
  expect(penalties.next('id:a', start).forMs).toBe(3_600_000);
});

test('the past of 100,000 targets is bounded', () => {
  const penalties = new Penalties(lengths);
  for (let i = 0; i < 100_000; i++) penalties.next(`id:${i}`, start);
  expect(penalties.size).toBeLessThanOrEqual(20_000);
});
