import type { DeviceDetail, FeedMessage, Operation, TraceEvent } from '@tributary/protocol/admin-api';
import { expect, test } from 'vitest';
import { maxTraceEvents, nextDevice, nextNodes, nextOperations, nextTrace } from './channels.ts';

type Of<C extends string> = Extract<FeedMessage, { ch: C }>;
const stamp = { seq: 1, now: 1 };

const device = (type: 'snapshot' | 'delta', id: string | null, at: number[] = [], events: string[] = []) =>
  ({
    type,
    ch: 'device',
    ...stamp,
    device: id === null ? null : ({ id } as DeviceDetail),
    points: at.map((each) => ({ at: each })),
    events: events.map((each) => ({ id: each })),
  }) as unknown as Of<'device'>;

test('a device gains points and events, keeps fifteen minutes, newest event first', () => {
  const first = nextDevice(undefined, device('snapshot', 'a', [0, 1000]), 'a');
  const second = nextDevice(first, device('delta', 'a', [900_500], ['e1', 'e2']), 'a');
  expect(second?.points.map((point) => point.at)).toEqual([1000, 900_500]);
  expect(second?.events.map((event) => event.id)).toEqual(['e2', 'e1']);
});

test('after a lost connection the events there were stay, and it is known since when others may be missing', () => {
  const first = nextDevice(undefined, device('snapshot', 'a'), 'a');
  const second = nextDevice(first, device('delta', 'a', [], ['e1']), 'a');
  expect(second?.since).toBe(1);
  const again = nextDevice(second, { ...device('snapshot', 'a', [5]), now: 9 }, 'a');
  expect(again).toMatchObject({ events: [{ id: 'e1' }], points: [{ at: 5 }], since: 9 });
  expect(nextDevice(again, device('snapshot', 'b'), 'b')?.events).toEqual([]);
});

test('what is about another device comes too late and changes nothing', () => {
  const first = nextDevice(undefined, device('snapshot', 'a'), 'a');
  expect(nextDevice(first, device('delta', 'b', [5]), 'a')).toBe(first);
  expect(nextDevice(first, device('snapshot', null), 'c')).toMatchObject({ id: 'c', detail: null });
});

test('nodes are replaced, added and taken away', () => {
  const node = (name: string, state = 'ready') => ({ node: name, state });
  const say = (more: object) => ({ ch: 'nodes', ...stamp, ...more }) as unknown as Of<'nodes'>;
  const before = nextNodes(undefined, say({ type: 'snapshot', nodes: [node('b'), node('a')] }));
  const delta = say({ type: 'delta', nodes: [node('a', 'silent'), node('c')], gone: ['b'] });
  expect(nextNodes(before, delta)).toEqual([node('a', 'silent'), node('c')]);
});

test('operations: the latest first, a changed one in its place', () => {
  const say = (type: string, ...operations: Partial<Operation>[]) =>
    ({ type, ch: 'operations', ...stamp, operations }) as unknown as Of<'operations'>;
  const before = nextOperations(undefined, say('snapshot', { id: 'x', at: 1 }, { id: 'y', at: 2 }));
  expect(nextOperations(before, say('delta', { id: 'x', at: 1, state: 'done' }))).toMatchObject([
    { id: 'y' },
    { id: 'x', state: 'done' },
  ]);
});

test('a trace keeps what it has across a lost connection, and no more than the ring', () => {
  const event = (id: number) => ({ id: `${id}-0` }) as TraceEvent;
  const say = (type: string, ids: number[]) =>
    ({ type, ch: 'trace', ...stamp, trace: { id: 't' }, events: ids.map(event) }) as unknown as Of<'trace'>;
  const first = nextTrace(undefined, say('snapshot', [1, 2, 3]), 't');
  const again = nextTrace(first, say('snapshot', [2, 3, 4]), 't');
  expect(again?.events.map((each) => each.id)).toEqual(['4-0', '3-0', '2-0', '1-0']);
  const many = nextTrace(
    again,
    say(
      'delta',
      Array.from({ length: 6000 }, (_, i) => i + 5),
    ),
    't',
  );
  expect(many?.events).toHaveLength(maxTraceEvents);
  expect(many?.events[0]?.id).toBe('6004-0');
});
