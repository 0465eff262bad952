import { ManualClock } from '@tributary/runtime';
import { expect, test } from 'vitest';
import { Counters } from '../counters.ts';
import { OverloadMeasures } from './overload-measures.ts';

function stage() {
  const clock = new ManualClock();
  const counters = new Counters();
  const uplink = { isUp: true, queuedBytes: 0, queuedCount: 0 };
  const measures = new OverloadMeasures({
    counters,
    uplink,
    highMarkBytes: 1000,
    monotonic: () => clock.monotonic(),
  });
  return { clock, counters, uplink, measures };
}

test('the latency of Redis is that of the messages answered since the last look', () => {
  const { counters, measures } = stage();
  counters.observeLatency(3, 10);
  counters.observeLatency(1, 50);
  expect(measures.take().redisLatencyMs).toBeCloseTo(20);
  expect(measures.take().redisLatencyMs).toBe(0);
});

test('while messages wait and nothing is answered it is the time since', () => {
  const { clock, uplink, measures } = stage();
  measures.take();
  uplink.queuedCount = 5;
  clock.advance(700);
  expect(measures.take().redisLatencyMs).toBe(700);
});

test('an outage of Redis is not overload', () => {
  const { clock, uplink, measures } = stage();
  Object.assign(uplink, { isUp: false, queuedCount: 5 });
  clock.advance(60_000);
  expect(measures.take().redisLatencyMs).toBe(0);
  uplink.isUp = true;
  clock.advance(10);
  expect(measures.take().redisLatencyMs).toBe(10);
});

test('tells shares, and what Redis refused since the last look', () => {
  const { counters, uplink, measures } = stage();
  uplink.queuedBytes = 250;
  counters.storeErrors = 2;
  const { backlogShare, redisErrors, heapShare, memoryShare, loopDelayMs } = measures.take();
  expect([backlogShare, redisErrors, loopDelayMs]).toEqual([0.25, 2, 0]);
  for (const share of [heapShare, memoryShare]) {
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
  }
  expect(measures.take().redisErrors).toBe(0);
});

test('the delay of the loop is what a busy loop makes it', async () => {
  const { measures } = stage();
  measures.start();
  try {
    measures.take();
    for (let i = 0; i < 5; i++) {
      const until = performance.now() + 40;
      while (performance.now() < until);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(measures.take().loopDelayMs).toBeGreaterThan(10);
  } finally {
    measures.stop();
  }
});

test('so is that of a loop whose turns are all shorter than what is seen of a single one', async () => {
  const { measures } = stage();
  measures.start();
  try {
    measures.take();
    for (let i = 0; i < 100; i++) {
      const until = performance.now() + 3;
      while (performance.now() < until);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(measures.take().loopDelayMs).toBeGreaterThan(1);
  } finally {
    measures.stop();
  }
});
