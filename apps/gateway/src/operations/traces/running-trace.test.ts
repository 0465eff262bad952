import type { TraceEvent } from '@tributary/backplane';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreDesk } from '../../testing/store.ts';
import { maxEventsPerSecond, RunningTrace } from './running-trace.ts';

let desk: StoreDesk;
beforeAll(async () => {
  desk = await new StoreDesk().started();
});
afterAll(() => desk.close());

const traceOf = (id: string): RunningTrace =>
  new RunningTrace({
    ...{ id, target: 'id:a', payload: false, by: 'ann', at: Date.now(), until: Date.now() + 60_000 },
  });
const event = (type: string): TraceEvent => ({
  ...{ ts: 1, node: 'gw-1.aaaa', device: 'a', epoch: 1, direction: 'in', type },
});
const note = (dropped: number): TraceEvent => event(`dropped ${dropped}`);
const offer = (trace: RunningTrace, count: number, at: number): number => {
  let taken = 0;
  for (let i = 0; i < count; i++) {
    if (!trace.takes(at)) continue;
    trace.add(event('PINGREQ'));
    taken++;
  }
  return taken;
};
const typesOf = async (id: string): Promise<string[]> => {
  const entries = await desk.redis.xrange(desk.keys.trace(id), '-', '+');
  return entries.map(([, fields]) => fields[fields.indexOf('type') + 1]!);
};

test('takes so many events a second, and writes how many it left out', async () => {
  const trace = traceOf('rate');
  expect(offer(trace, 500, 1000)).toBe(maxEventsPerSecond);
  await trace.flush(desk.store, desk.keys, note);
  const types = await typesOf('rate');
  expect(types).toHaveLength(maxEventsPerSecond + 1);
  expect(types.at(-1)).toBe('dropped 300');
  expect(await desk.redis.hgetall(desk.keys.traceTotals('rate'))).toEqual({ events: '201', dropped: '300' });
  expect(offer(trace, 10, 1999)).toBe(0);
  expect(offer(trace, 10, 2000)).toBe(10);
});

test('keeps no more than two seconds of events while Redis is away', async () => {
  const trace = traceOf('away');
  for (let second = 1; second <= 10; second++) offer(trace, maxEventsPerSecond, second * 1000);
  await trace.flush(desk.store, desk.keys, note);
  expect((await typesOf('away')).at(-1)).toBe(`dropped ${8 * maxEventsPerSecond}`);
});

test('counts what a write that failed had', async () => {
  const trace = traceOf('broken');
  await desk.redis.set(desk.keys.trace('broken'), 'no stream');
  offer(trace, 7, 1000);
  await trace.flush(desk.store, desk.keys, note);
  await desk.redis.del(desk.keys.trace('broken'));
  await trace.flush(desk.store, desk.keys, note);
  expect(await typesOf('broken')).toEqual(['dropped 7']);
});

test('writes nothing when there is nothing', async () => {
  await traceOf('idle').flush(desk.store, desk.keys, note);
  expect(await desk.redis.exists(desk.keys.trace('idle'))).toBe(0);
});
