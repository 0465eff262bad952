import { expect, test } from 'vitest';
import { address } from './demo.ts';
import { demoFleets, share } from './fleets.ts';
import { kinds, tagsOf } from './kinds.ts';
import { readings } from './readings.ts';

const endpoints = { mqtt: { host: '127.0.0.1', port: 1 }, ws: { host: '127.0.0.1', port: 2 } };
const plansOf = (devices: number) => demoFleets(devices, 0.25, endpoints).map(({ plan }) => plan);

test('the shares of all kinds make a whole', () => {
  expect(kinds.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
});

test.each([1, 7, 100, 500, 9996])(
  'a fleet of %i has exactly as many devices, and four beside it',
  (devices) => {
    const plans = plansOf(devices);
    expect(plans.reduce((sum, plan) => sum + plan.devices, 0)).toBe(devices + 4);
    expect(plans.every((plan) => plan.devices > 0)).toBe(true);
  },
);

test('the default fleet speaks every protocol over every transport, and most of it behaves', () => {
  const plans = plansOf(500);
  const spoken = new Set(plans.map((plan) => `${plan.protocol} ${plan.endpoint.transport}`));
  expect([...spoken].toSorted()).toEqual([
    'mqtt3.1.1 tcp',
    'mqtt3.1.1 ws',
    'mqtt5 tcp',
    'mqtt5 ws',
    'tributary.v1 ws',
  ]);
  const faulty = plans.filter((plan) => plan.fault !== undefined);
  expect(new Set(faulty.map((plan) => plan.fault?.kind))).toEqual(new Set(['bad-link', 'flap', 'dribble']));
  expect(faulty.reduce((sum, plan) => sum + plan.devices, 0)).toBeLessThan(125);
});

test('two devices believe to be the same one, and nobody else does', () => {
  const ids = plansOf(500).map(({ idPrefix }) => idPrefix);
  expect(ids.filter((prefix) => prefix === 'gate-')).toHaveLength(2);
  expect(new Set(ids).size).toBe(ids.length - 1);
});

test('a release of one model is the bad one, on every site', () => {
  const bad = kinds.find(({ name }) => name === 'pump-b')!;
  const good = kinds.find(({ name }) => name === 'pump')!;
  expect(tagsOf(bad)('pump-b-0001')).toMatchObject({ model: 'pump', fw: bad.firmware });
  expect(bad.firmware).not.toBe(good.firmware);
  const sites = Array.from({ length: 10 }, (_, n) => tagsOf(bad)(`pump-b-000${n}`)['site']);
  expect(new Set(sites).size).toBe(5);
});

test('largest remainders share what is left', () => {
  expect(share(10, [1, 1, 1])).toEqual([4, 3, 3]);
  expect(share(0, [1, 1])).toEqual([0, 0]);
});

test('readings are JSON that wanders within its bounds', () => {
  const make = readings({ celsius: { middle: 20, spread: 5, digits: 1 } }, Math.random, () => 0);
  const values = Array.from({ length: 500 }, (_, n) => {
    const message = JSON.parse(make('pump-1', n).toString()) as { n: number; at: string; celsius: number };
    expect(message).toMatchObject({ n, at: '1970-01-01T00:00:00.000Z' });
    return message.celsius;
  });
  expect(Math.min(...values)).toBeGreaterThanOrEqual(15);
  expect(Math.max(...values)).toBeLessThanOrEqual(25);
  expect(new Set(values).size).toBeGreaterThan(5);
});

test('an address is a host and a port', () => {
  expect(address('mqtt', '127.0.0.1:1883')).toEqual({ host: '127.0.0.1', port: 1883 });
  expect(address('mqtt', '[::1]:1883')).toEqual({ host: '::1', port: 1883 });
  for (const text of ['localhost', '127.0.0.1:0', '127.0.0.1:70000', ':1', '::1:5']) {
    expect(() => address('mqtt', text)).toThrow(`--mqtt must be HOST:PORT, not ${text}`);
  }
});
