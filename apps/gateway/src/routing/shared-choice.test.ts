import { describe, expect, test } from 'vitest';
import { routeOf } from '../testing/messages.ts';
import type { Route, SharedGroup } from './routes.ts';
import { chooseMember, type Members, type SharedStrategy } from './shared-choice.ts';

const strategies: SharedStrategy[] = ['round-robin', 'least-inflight', 'sticky'];
const filter = '$share/g/a';
const ordinary = (clientId: string): Route => routeOf(clientId, filter);
const persistent = (clientId: string): Route => routeOf(clientId, filter, { isPersistent: true });
const groupOf = (...members: Route[]): SharedGroup => ({ members, next: 0 });

/** Everybody is here with nothing on its way, but for those named. */
const members = (away: readonly string[] = [], inflight: Record<string, number> = {}): Members => ({
  isReady: (clientId) => !away.includes(clientId),
  mayHave: () => true,
  inflight: (clientId) => inflight[clientId] ?? 0,
});

const choose = (
  group: SharedGroup,
  strategy: SharedStrategy,
  among = members(),
  publisher = 'p',
  except?: string,
): string | undefined =>
  chooseMember(group, strategy, { from: publisher, topic: 't' }, among, except)?.clientId;

const times = (count: number, work: (n: number) => string | undefined): (string | undefined)[] =>
  Array.from({ length: count }, (_, n) => work(n));

describe.each(strategies)('%s', (strategy) => {
  test('chooses nobody where there is nobody', () => {
    expect(choose(groupOf(), strategy)).toBeUndefined();
    expect(choose(groupOf(ordinary('x')), strategy, members(['x']))).toBeUndefined();
    expect(choose(groupOf(ordinary('x')), strategy, members(), 'p', 'x')).toBeUndefined();
  });

  test('chooses among those who are here, if anybody is', () => {
    const group = groupOf(persistent('x'), persistent('y'), persistent('z'));
    const chosen = times(20, (n) => choose(group, strategy, members(['x', 'z']), `p${n}`));
    expect(new Set(chosen)).toEqual(new Set(['y']));
  });

  test('without anybody here, gives it to a session that keeps it, never to one that is gone', () => {
    const group = groupOf(ordinary('x'), persistent('y'), ordinary('z'), persistent('w'));
    const away = members(['x', 'y', 'z', 'w']);
    const chosen = new Set(times(40, (n) => choose(group, strategy, away, `p${n}`)));
    expect(chosen).toEqual(new Set(['w', 'y']));
  });

  test('never chooses a member that may not have it, connected or as a last resort', () => {
    const [group, alone] = [groupOf(persistent('x'), persistent('y')), groupOf(persistent('x'))];
    const among = { ...members(), isReady: (id: string) => id !== 'x', mayHave: (id: string) => id !== 'x' };
    expect(new Set(times(20, (n) => choose(group, strategy, among, `p${n}`)))).toEqual(new Set(['y']));
    expect(choose(alone, strategy, among)).toBeUndefined();
  });

  test('does not choose the member that has just gone away', () => {
    const group = groupOf(persistent('x'), persistent('y'), persistent('z'));
    const chosen = new Set(times(40, (n) => choose(group, strategy, members(), `p${n}`, 'y')));
    expect(chosen).toEqual(new Set(['x', 'z']));
  });
});

test('round-robin gives each its turn', () => {
  const group = groupOf(ordinary('x'), ordinary('y'), ordinary('z'));
  expect(times(6, () => choose(group, 'round-robin'))).toEqual(['x', 'y', 'z', 'x', 'y', 'z']);
});

test('round-robin goes on in turn when members come and go', () => {
  const group = groupOf(ordinary('x'), ordinary('y'));
  times(3, () => choose(group, 'round-robin'));
  group.members.push(ordinary('z'));
  expect(new Set(times(3, () => choose(group, 'round-robin')))).toEqual(new Set(['x', 'y', 'z']));
  group.members.shift();
  expect(new Set(times(2, () => choose(group, 'round-robin')))).toEqual(new Set(['y', 'z']));
});

test('least-inflight gives it to who has the least on its way, and in turn among equals', () => {
  const group = groupOf(ordinary('x'), ordinary('y'), ordinary('z'));
  const busy = members([], { x: 3, y: 1, z: 2 });
  expect(new Set(times(6, () => choose(group, 'least-inflight', busy)))).toEqual(new Set(['y']));
  const twoIdle = members([], { x: 3 });
  const chosen = times(12, () => choose(group, 'least-inflight', twoIdle));
  expect(new Set(chosen)).toEqual(new Set(['y', 'z']));
  const allIdle = times(6, () => choose(group, 'least-inflight'));
  for (const clientId of ['x', 'y', 'z']) expect(allIdle.filter((one) => one === clientId)).toHaveLength(2);
});

test('sticky gives all messages of a publisher to the same member, and spreads publishers', () => {
  const group = groupOf(ordinary('x'), ordinary('y'), ordinary('z'));
  const first = times(60, (n) => choose(group, 'sticky', members(), `publisher-${n}`));
  const again = times(60, (n) => choose(group, 'sticky', members(), `publisher-${n}`));
  expect(again).toEqual(first);
  for (const clientId of ['x', 'y', 'z'])
    expect(first.filter((one) => one === clientId).length).toBeGreaterThan(5);
});

test('sticky moves nobody but the publishers of the member that goes, and takes from all for one that comes', () => {
  const group = groupOf(ordinary('x'), ordinary('y'), ordinary('z'));
  const of = (n: number): string | undefined => choose(group, 'sticky', members(), `publisher-${n}`);
  const before = times(60, of);
  const [x] = group.members.splice(0, 1);
  const without = times(60, of);
  for (const [n, clientId] of before.entries()) if (clientId !== 'x') expect(without[n]).toBe(clientId);
  group.members.push(x!);
  expect(times(60, of)).toEqual(before);
});
