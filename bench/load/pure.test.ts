import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';
import { Inflight, packetIdOf } from './inflight.ts';
import { loopbackAddress } from './loopback.ts';
import { numberedPayload, numberOf } from './payload.ts';
import { checkPlan, type FleetPlan } from './plan.ts';
import { RangeSet } from './range-set.ts';

test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s is this machine', (host) => {
  expect(loopbackAddress(host)).toMatch(/^127\.|^::1$/);
});
test.each(['8.8.8.8', '10.0.0.1', '0.0.0.0', '::', 'example.com', '127.0.0.1.example.com', '128.0.0.1', ''])(
  '%s is refused as a target',
  (host) => {
    expect(() => loopbackAddress(host)).toThrow('this machine only');
  },
);

test('a histogram knows every percentile to 3 % and merges with another', () => {
  const [odd, even, all] = [new Histogram(), new Histogram(), new Histogram()];
  for (let us = 1; us <= 100_000; us++) {
    all.add(us);
    (us % 2 === 0 ? even : odd).add(us);
  }
  odd.merge(even.record());
  for (const share of [0.001, 0.5, 0.9, 0.99, 1]) {
    const exact = 100_000 * share;
    expect(Math.abs(all.percentileUs(share) - exact) / exact).toBeLessThan(0.033);
    expect(odd.percentileUs(share)).toBe(all.percentileUs(share));
  }
  expect(all.summary()).toMatchObject({ count: 100_000, maxMs: 100 });
});

test('a histogram takes what is beyond its ends, and is empty after a reset', () => {
  const histogram = new Histogram();
  for (const us of [-5, 0, 2 ** 40]) histogram.add(us);
  expect(histogram.count).toBe(3);
  expect(histogram.percentileUs(0.5)).toBe(0);
  histogram.reset();
  expect(histogram.summary()).toMatchObject({ count: 0, p99Ms: 0, maxMs: 0 });
});

test('a range set joins neighbours in any order of arrival and knows doubles', () => {
  const set = new RangeSet();
  const shuffled = Array.from({ length: 500 }, (_, i) => ((i * 277) % 500) + 1);
  for (const n of shuffled) if (n !== 42) expect(set.add(n)).toBe(true);
  expect(set.ranges).toEqual([
    [1, 41],
    [43, 500],
  ]);
  expect([set.add(7), set.has(42), set.has(43), set.size]).toEqual([false, false, true, 499]);
  set.add(42);
  expect(set.ranges).toEqual([[1, 500]]);
});

test('an acknowledgement finds its message, past the end of the packet ids too', () => {
  const inflight = new Inflight(3);
  const open: number[] = [];
  const wrong: number[] = [];
  for (let n = 1; n <= 140_000; n++) {
    if (!inflight.hasRoom(3) || inflight.begin(n) !== n) wrong.push(n);
    open.push(n);
    if (open.length < 3) continue;
    const first = open.shift()!;
    if (inflight.hasRoom(3) || inflight.find(packetIdOf(first)) !== first) wrong.push(n);
    inflight.settle(first);
    if (inflight.find(packetIdOf(first)) !== 0) wrong.push(n);
  }
  expect(wrong).toEqual([]);
  expect(inflight.unsettled()).toEqual(open);
});

test('no message is begun over an open one, even when later ones are settled', () => {
  const inflight = new Inflight(2);
  inflight.begin(0);
  inflight.settle(inflight.begin(0));
  expect(inflight.open).toBe(1);
  expect(inflight.hasRoom(2)).toBe(false);
});

test('a PUBREC counts once', () => {
  const inflight = new Inflight(2);
  const n = inflight.begin(0);
  expect([inflight.receive(n), inflight.receive(n), inflight.isReceived(n)]).toEqual([true, false, true]);
});

test.each([23, 24, 100, 5000])(
  'a payload of %i bytes is JSON of that size that gives its number back',
  (bytes) => {
    const make = numberedPayload(bytes);
    for (const n of [1, 9, 10, 123_456_789, 9_999_999_999]) {
      const payload = make('x', n);
      expect(payload).toHaveLength(bytes);
      expect(numberOf(payload)).toBe(n);
      expect(JSON.parse(payload.toString())).toMatchObject({ n });
      expect(numberOf(Buffer.from(JSON.stringify(JSON.parse(payload.toString()))))).toBe(n);
    }
  },
);

test('other payloads have no number', () => {
  for (const text of ['', '{', 'hello', '{"m":1}', '[1]']) expect(numberOf(Buffer.from(text))).toBe(-1);
});

test.each<[Partial<FleetPlan>, string]>([
  [{ devices: 10_001 }, 'devices'],
  [{ devices: 0 }, 'devices'],
  [{ window: 65_536 }, 'window'],
  [{ maxSeconds: 100_000 }, 'maxSeconds'],
  [{ protocol: 'tributary.v1' }, 'WebSocket only'],
  [{ protocol: 'tributary.v1', qos: 2, endpoint: { host: '::1', port: 1, transport: 'ws' } }, 'no QoS 2'],
])('a plan with %j is refused', (change, message) => {
  const plan: FleetPlan = {
    endpoint: { host: '127.0.0.1', port: 1, transport: 'tcp' },
    protocol: 'mqtt5',
    devices: 1,
    qos: 1,
  };
  expect(() => checkPlan({ ...plan, ...change })).toThrow(message);
});
