import { expect, test } from 'vitest';
import { Takeovers } from './takeovers.ts';

const now = 1_700_000_000_000;
const event = (type: string, device: string, ts: number, address: string) =>
  new Map(Object.entries({ type, device, ts: String(ts), address }));

test('counts takeovers of ten minutes, and the hosts they came from', () => {
  const takeovers = new Takeovers();
  for (let i = 0; i < 6; i++) {
    takeovers.onEvent(event('superseded', 'gate', now - i * 1000, i % 2 ? '10.0.0.1:500' : '[::1]:501'));
    takeovers.onEvent(event('connected', 'other', now, '10.0.0.9:1'));
  }
  takeovers.onEvent(event('superseded', 'gate', now - 700_000, '10.9.9.9:1'));
  takeovers.onEvent(event('superseded', 'once', now, '10.0.0.2:1'));
  expect(takeovers.duplicates(now)).toMatchObject([
    { id: 'gate', takeovers: 6, addresses: ['10.0.0.1', '[::1]'] },
  ]);
  expect(takeovers.duplicates(now + 600_000)).toEqual([]);
});

test('a storm of takeovers is bounded, in ids, in times and in addresses', () => {
  const takeovers = new Takeovers();
  for (let i = 0; i < 10_000; i++) takeovers.onEvent(event('superseded', `d${i}`, now, 'a:1'));
  for (let i = 0; i < 10_000; i++)
    takeovers.onEvent(event('superseded', 'x', now, `10.0.${i >> 8}.${i & 255}:1`));
  const [worst, ...rest] = takeovers.duplicates(now);
  expect(worst?.takeovers).toBe(100);
  expect(worst?.addresses.length).toBeLessThanOrEqual(8);
  expect(rest).toEqual([]);
});
