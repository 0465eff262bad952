import type { FeedMessage, Fleet } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { testRow as row } from '../testing/rows.ts';
import { LiveStore, rowKey } from './store.ts';

const fleet = { revision: 1 } as Fleet;

function make() {
  const flushes: (() => void)[] = [];
  let local = 0;
  const store = new LiveStore(
    (flush) => flushes.push(flush),
    () => local,
  );
  return {
    store,
    pass: (ms: number) => (local += ms),
    flush: () => flushes.splice(0).forEach((each) => each()),
  };
}
const rowsMessage = (more: object): FeedMessage => ({ ch: 'rows', seq: 1, now: 10, ...more }) as FeedMessage;

test('tells only the listeners of what changed, once per frame', () => {
  const { store, flush } = make();
  const told: string[] = [];
  store.subscribe(rowKey('a'), () => told.push('a'));
  store.subscribe(rowKey('b'), () => told.push('b'));
  store.apply(rowsMessage({ type: 'snapshot', rows: [row('a')] }));
  store.apply(rowsMessage({ type: 'delta', rows: [{ id: 'a', rate: 2 }], gone: [] }));
  expect(told).toEqual([]);
  flush();
  expect(told).toEqual(['a']);
  expect(store.row('a')).toMatchObject({ rate: 2, protocol: 'mqtt5' });
});

test('a listener that left is told nothing', () => {
  const { store, flush } = make();
  let told = 0;
  store.subscribe('fleet', () => told++)();
  store.apply({ type: 'snapshot', ch: 'fleet', seq: 1, now: 1, fleet, history: [] });
  flush();
  expect(told).toBe(0);
});

test('a change of a row that is not known is left alone; a gone row goes', () => {
  const { store } = make();
  store.apply(rowsMessage({ type: 'delta', rows: [{ id: 'a', rate: 2 }], gone: [] }));
  expect(store.row('a')).toBeUndefined();
  store.seedRows([row('a')], 5);
  store.apply(rowsMessage({ type: 'delta', rows: [], gone: ['a'] }));
  expect(store.row('a')).toBeUndefined();
});

test('an answer over HTTP never overwrites what the feed told later', () => {
  const { store } = make();
  store.apply(rowsMessage({ type: 'snapshot', rows: [row('a', { rate: 9 })] }));
  store.seedRows([row('a', { rate: 1 }), row('b')], 9);
  expect([store.row('a')?.rate, store.row('b')?.rate]).toEqual([9, 0]);
  store.retainRows(new Set(['b']));
  expect(store.row('a')).toBeUndefined();
});

test('history grows by deltas, keeps ten minutes, and begins anew with a snapshot', () => {
  const { store } = make();
  const say = (type: 'snapshot' | 'delta', ...at: number[]) =>
    store.apply({ type, ch: 'fleet', seq: 1, now: 1, fleet, history: at.map((each) => [each, 0, 0, 0]) });
  say('snapshot', 1000, 2000);
  say('delta', 601_500);
  expect(store.history.map((point) => point[0])).toEqual([2000, 601_500]);
  say('delta');
  expect(store.history).toHaveLength(2);
  say('snapshot', 700_000);
  expect(store.history).toHaveLength(1);
});

test("ages are measured with the server's clock, carried on between messages", () => {
  const { store, pass } = make();
  store.apply({ type: 'hello', build: 'x', now: 5000 });
  pass(700);
  expect(store.serverNow()).toBe(5700);
});

test('another build than the first is noticed', () => {
  const { store } = make();
  store.apply({ type: 'hello', build: 'x', now: 1 });
  expect(store.connection.isOutdated).toBe(false);
  store.apply({ type: 'hello', build: 'y', now: 2 });
  expect(store.connection.isOutdated).toBe(true);
});

test('a paused picture stands still, but for what an operator does', () => {
  const { store } = make();
  store.setPaused(true);
  store.apply({ type: 'snapshot', ch: 'fleet', seq: 1, now: 9, fleet, history: [] });
  store.apply({ type: 'snapshot', ch: 'operations', seq: 1, now: 9, operations: [] });
  expect([store.fleet, store.operations]).toEqual([undefined, []]);
  expect(store.connection).toMatchObject({ heardAt: 9, isPaused: true });
});

test('nothing is left for the next operator at this screen, and views are told', () => {
  const { store, flush } = make();
  const event = { id: '1-0', payload: 'c2VjcmV0' };
  store.expect({ trace: 't' });
  store.apply({ type: 'snapshot', ch: 'fleet', seq: 1, now: 1, fleet, history: [] });
  store.apply({
    type: 'snapshot',
    ch: 'trace',
    seq: 1,
    now: 1,
    trace: { id: 't' },
    events: [event],
  } as never);
  store.apply(rowsMessage({ type: 'snapshot', rows: [row('a')] }));
  store.setPaused(true);
  flush();
  const told: string[] = [];
  for (const key of ['trace', 'connection', rowKey('a')]) store.subscribe(key, () => told.push(key));
  store.forget();
  flush();
  expect(told.toSorted()).toEqual(['connection', rowKey('a'), 'trace']);
  expect([store.fleet, store.trace, store.row('a'), store.connection.isPaused]).toEqual([
    undefined,
    undefined,
    undefined,
    false,
  ]);
});

test("the server's clock goes on in whole milliseconds: moments that are sent have to be", () => {
  const { store, pass } = make();
  store.apply({ type: 'hello', build: 'b', now: 1000 });
  pass(1499.7);
  store.tick();
  expect([store.second, store.serverNow()]).toEqual([2500, 2500]);
});
