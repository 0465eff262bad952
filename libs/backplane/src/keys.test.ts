import { expect, test } from 'vitest';
import { Keys } from './keys.ts';

const keys = new Keys('tributary', 16);

test('the literal example of the documents: the uplink of pump-1', () => {
  expect(keys.uplink(keys.partitionOf('pump-1'))).toBe('tributary:{p6}:up');
});

test('the keys of a partition carry its hash tag', () => {
  expect([keys.uplink(0), keys.events(1), keys.epoch(2), keys.online(15), keys.timers(3)]).toEqual([
    'tributary:{p0}:up',
    'tributary:{p1}:events',
    'tributary:{p2}:epoch',
    'tributary:{p15}:online',
    'tributary:{p3}:timers',
  ]);
  expect([keys.routes(4), keys.routesLog(4), keys.retained(5), keys.retainedLog(5)]).toEqual([
    'tributary:{p4}:routes',
    'tributary:{p4}:routes-log',
    'tributary:{p5}:retained',
    'tributary:{p5}:retained-log',
  ]);
});

test('a client id stands in its keys as it is', () => {
  expect(keys.session(6, 'a:{b}:ä')).toBe('tributary:{p6}:session:a:{b}:ä');
  expect(keys.queue(6, 'pump-1')).toBe('tributary:{p6}:queue:pump-1');
  expect(keys.routed(6, 'pump-1')).toBe('tributary:{p6}:routed:pump-1');
  expect(keys.history(6, 'pump-1')).toBe('tributary:{p6}:history:pump-1');
  expect(keys.device(6, 'pump-1')).toBe('tributary:{p6}:device:pump-1');
  expect(keys.resume(6, 'pump-1')).toBe('tributary:{p6}:resume:pump-1');
});

test('the keys of a node carry its own hash tag, those of the cluster none', () => {
  const node = 'gw-1.ab12';
  expect([
    keys.nodeRecord(node),
    keys.nodeControl(node),
    keys.nodeInbox(node),
    keys.nodeStats(node),
    keys.nodeSamples(node),
  ]).toEqual([
    'tributary:{node:gw-1.ab12}:record',
    'tributary:{node:gw-1.ab12}:control',
    'tributary:{node:gw-1.ab12}:inbox',
    'tributary:{node:gw-1.ab12}:stats',
    'tributary:{node:gw-1.ab12}:samples',
  ]);
  expect([keys.rollUps('15s'), keys.rollUps('10m')]).toEqual([
    'tributary:history:15s',
    'tributary:history:10m',
  ]);
  expect([keys.meta, keys.nodes]).toEqual(['tributary:meta', 'tributary:nodes']);
});

test('the keys of operators are those of the namespace', () => {
  expect([
    keys.operators,
    keys.operatorTokens,
    keys.operatorTokenUses,
    keys.operatorSession('a-B_9'),
    keys.operatorPreferences,
    keys.audit,
  ]).toEqual([
    'tributary:{access}:operators',
    'tributary:{access}:tokens',
    'tributary:{access}:token-uses',
    'tributary:{access}:session:a-B_9',
    'tributary:{access}:preferences',
    'tributary:{access}:audit',
  ]);
});

test.each(['', 'A', 'a_b', 'a:b', '{a}', 'ä', 'x'.repeat(33)])('refuses the namespace %j', (namespace) => {
  expect(() => new Keys(namespace, 16)).toThrow(RangeError);
});

test.each([0, -1, 1.5, 4097, Number.NaN])('refuses %d partitions', (partitions) => {
  expect(() => new Keys('tributary', partitions)).toThrow(RangeError);
});
