import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { TestStore } from '../testing/test-store.ts';
import { appendTrace, readNewestTrace, readTrace, readTraceTotals, type TraceEvent } from './trace-events.ts';
import {
  isTraceRunning,
  keptAfterEndMs,
  listTraces,
  maxRunningTraces,
  startTrace,
  stopTrace,
  type TraceOrder,
} from './traces.ts';

const store = new TestStore();
const { redis, keys } = store;
afterEach(() => store.clear());
afterAll(() => store.close());

const now = 1_700_000_000_000;
const traceOf = (id: string, differs: Partial<TraceOrder> = {}): TraceOrder => ({
  ...{ id, target: 'id:pump/1', payload: false, by: 'ann', at: now, until: now + 60_000 },
  ...differs,
});

describe('traces', () => {
  test('run until their end or until somebody stops them', async () => {
    await startTrace(redis, keys, traceOf('t-1'), now);
    await startTrace(redis, keys, traceOf('t-2', { at: now + 1, until: now + 5000 }), now);
    expect(await listTraces(redis, keys, now)).toEqual([
      traceOf('t-2', { at: now + 1, until: now + 5000 }),
      traceOf('t-1'),
    ]);
    expect(await stopTrace(redis, keys, 't-1', now + 10)).toEqual(traceOf('t-1', { stoppedAt: now + 10 }));
    const after = await listTraces(redis, keys, now + 5000);
    expect(after.map((trace) => isTraceRunning(trace, now + 5000))).toEqual([false, false]);
  });

  test('stay stopped at their first end', async () => {
    await startTrace(redis, keys, traceOf('t-1'), now);
    await stopTrace(redis, keys, 't-1', now + 10);
    expect(await stopTrace(redis, keys, 't-1', now + 20)).toEqual(traceOf('t-1', { stoppedAt: now + 10 }));
    expect(await stopTrace(redis, keys, 't-9', now)).toBeUndefined();
  });

  test('are so many at a time and no more; one that ended makes room', async () => {
    await redis.hset(keys.traces, 'junk', 'no json', 'junk-2', '7', 'junk-3', '{"until":"x"}');
    for (let i = 0; i < maxRunningTraces; i++)
      expect(await startTrace(redis, keys, traceOf(`t-${i}`), now)).toBe('started');
    expect(await startTrace(redis, keys, traceOf('t-x'), now)).toBe('too-many');
    await stopTrace(redis, keys, 't-3', now);
    expect(await startTrace(redis, keys, traceOf('t-x'), now)).toBe('started');
  });

  test('are forgotten a day after their end, with what they saw', async () => {
    await startTrace(redis, keys, traceOf('t-1'), now);
    await redis.hset(keys.traces, 'no-json', '{', 'BAD ID', JSON.stringify(traceOf('x')));
    await redis.xadd(keys.trace('t-1'), '*', 'type', 'PUBLISH');
    expect(await listTraces(redis, keys, now + 60_000 + keptAfterEndMs - 1)).toHaveLength(1);
    expect(await listTraces(redis, keys, now + 60_000 + keptAfterEndMs)).toEqual([]);
    expect(await store.names()).toEqual([]);
  });
});

describe('what a trace saw', () => {
  const event: TraceEvent = {
    ...{ ts: now, node: 'gw-1.aaaa', device: 'pump/1', epoch: 3, direction: 'in', type: 'PUBLISH' },
    ...{ topic: 'a/b', qos: 1, packetId: 9, bytes: 40, durationMs: 1.5, payloadBytes: 3, payload: 'YWJj' },
  };
  const trace = traceOf('t-1', { at: Date.now(), until: Date.now() + 60_000 });

  test('is read as it was written, and from an entry on', async () => {
    await appendTrace(redis, keys, trace, [event, { ...event, packetId: 10, payload: undefined }], 4);
    const [first, second] = await readTrace(redis, keys, 't-1', '0', 10);
    expect(first).toEqual({ ...event, entry: first!.entry });
    expect(second).toMatchObject({ packetId: 10, payload: undefined });
    expect(await readTrace(redis, keys, 't-1', first!.entry, 10)).toEqual([second]);
    expect(await readNewestTrace(redis, keys, 't-1', 1)).toEqual([second]);
    expect(await readTraceTotals(redis, keys, 't-1')).toEqual({ events: 2, dropped: 4 });
  });

  test('goes by itself when nobody looks any more', async () => {
    await appendTrace(redis, keys, trace, [event], 0);
    for (const key of [keys.trace('t-1'), keys.traceTotals('t-1')]) {
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(keptAfterEndMs);
      expect(left).toBeLessThanOrEqual(keptAfterEndMs + 60_000);
    }
  });

  test('steps over what is no event', async () => {
    await redis.xadd(keys.trace('t-1'), '*', 'type', 'PUBLISH', 'direction', 'sideways');
    await redis.xadd(keys.trace('t-1'), '*', 'x', 'y');
    expect(await readTrace(redis, keys, 't-1', '0', 10)).toEqual([]);
    expect(await readTraceTotals(redis, keys, 't-1')).toEqual({ events: 0, dropped: 0 });
  });
});
