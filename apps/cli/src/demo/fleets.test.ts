import { expect, test } from 'vitest';
import { address } from './demo.ts';
import { demoPlans, kinds, share } from './fleets.ts';
import { readings } from './readings.ts';

const endpoints = { mqtt: { host: '127.0.0.1', port: 1 }, ws: { host: '127.0.0.1', port: 2 } };

test('the shares of all kinds make a whole', () => {
  expect(kinds.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
});

test.each([1, 7, 100, 500, 9999])('a fleet of %i has exactly as many devices', (devices) => {
  const plans = demoPlans(devices, endpoints);
  expect(plans.reduce((sum, plan) => sum + plan.devices, 0)).toBe(devices);
  expect(plans.every((plan) => plan.devices > 0)).toBe(true);
});

test('the default fleet speaks every protocol over every transport, has bad links and devices that come and go', () => {
  const plans = demoPlans(500, endpoints);
  const spoken = new Set(plans.map((plan) => `${plan.protocol} ${plan.endpoint.transport}`));
  expect([...spoken].toSorted()).toEqual([
    'mqtt3.1.1 tcp',
    'mqtt3.1.1 ws',
    'mqtt5 tcp',
    'mqtt5 ws',
    'tributary.v1 ws',
  ]);
  const faulty = plans.filter((plan) => plan.fault !== undefined);
  expect(new Set(faulty.map((plan) => plan.fault?.kind))).toEqual(new Set(['bad-link', 'flap']));
  expect(faulty.reduce((sum, plan) => sum + plan.devices, 0)).toBeLessThan(50);
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
