import { emptyQualityBins, encodeQualityBins } from '@tributary/backplane';
import { expect, test } from 'vitest';
import { NodeRegistry } from './node-registry.ts';
import { parseNodeRecord, type NodeRecord } from './node-record.ts';
import { parseStats } from './node-stats.ts';
import type { Refusal } from './refusals.ts';

const record = (node: string, beat: number, more: Record<string, string> = {}): NodeRecord =>
  parseNodeRecord(node, { id: node.split('.')[0]!, beat: String(beat), state: 'ready', ...more })!;

/** Looks each second while the nodes beat, then while they do not. @returns the time */
function watch(
  registry: NodeRegistry,
  nodes: string[],
  beatingMs: number,
  stillMs: number,
  from = 0,
): number {
  for (let at = from; at <= from + beatingMs + stillMs; at += 1000) {
    const beat = Math.min(at, from + beatingMs);
    registry.observe(
      nodes.map((node) => record(node, beat)),
      nodes,
      at,
    );
  }
  return from + beatingMs + stillMs;
}

const states = (registry: NodeRegistry, at: number): string[] =>
  registry.views(at).map(({ node, state }) => `${node} ${state}`);

test('a node that died stays in sight when the others have reaped it, until it is back under its id', () => {
  const registry = new NodeRegistry();
  let at = watch(registry, ['gw-1.a'], 3000, 4000);
  registry.observe([record('gw-2.x', 1)], [], (at += 1000));
  expect(states(registry, at)).toEqual(['gw-1.a lost', 'gw-2.x ready']);
  expect(registry.isSilent('gw-1.a')).toBe(true);
  expect(registry.living()).toEqual(['gw-2.x']);
  registry.observe([record('gw-1.b', 1), record('gw-2.x', 2)], [], (at += 1000));
  expect(states(registry, at)).toEqual(['gw-1.b ready', 'gw-2.x ready']);
});

test('it is forgotten after an hour', () => {
  const registry = new NodeRegistry();
  const at = watch(registry, ['gw-1.a'], 3000, 7000);
  registry.observe([], [], at + 1000);
  expect(registry.views(at)).toHaveLength(1);
  registry.observe([], [], at + 3_601_000);
  expect(registry.views(at)).toEqual([]);
});

test('a node that stops in good order is just gone', () => {
  const registry = new NodeRegistry();
  const at = watch(registry, ['gw-1.a'], 5000, 0);
  registry.observe([], [], at + 1000);
  expect(registry.views(at)).toEqual([]);
});

test('a tombstone is enough to be lost', () => {
  const registry = new NodeRegistry();
  registry.observe([record('gw-1.a', 1, { tombstone: 'gw-2.b' })], [], 0);
  expect(states(registry, 0)).toEqual(['gw-1.a lost']);
  registry.observe([], [], 1000);
  expect(states(registry, 1000)).toEqual(['gw-1.a lost']);
});

test('tells of the links of its devices while the node beats, and of none afterwards', () => {
  const registry = new NodeRegistry();
  const bins = emptyQualityBins();
  bins.classes.bulk.bins[20] = 3;
  bins.classes.standard.unknown = 1;
  bins.rtt = { p50: 12, p95: 40, devices: 3 };
  registry.observe([record('n.a', 1)], [], 0);
  expect(registry.views(0)[0]?.quality).toBeNull();
  const stats = (ms: number, fields: Record<string, string>) =>
    registry.addStats('n.a', parseStats(`${ms}-0`, new Map(Object.entries(fields))), ms);
  stats(1000, { quality: encodeQualityBins(bins), queuedMessages: '7', queuedBytes: '700' });
  stats(2000, { queuedMessages: '8', queuedBytes: '800' });
  expect(registry.views(2000)[0]?.quality).toEqual({
    bands: { excellent: 3, good: 0, fair: 0, poor: 0, bad: 0, unknown: 1 },
    rttP50: 12,
    rttP95: 40,
  });
  expect(registry.queued(2000)).toEqual({ messages: 8, bytes: 800 });
  for (let at = 1000; at <= 6000; at += 1000) registry.observe([record('n.a', 1)], [], at);
  expect(registry.views(6000)[0]).toMatchObject({ state: 'silent', quality: null, figures: null });
});

test('tells of refused connects once, and steps over what is none', () => {
  const registry = new NodeRegistry();
  const told: Refusal[] = [];
  registry.onRefusals = (refusals) => told.push(...refusals);
  const add = (ms: number, refusals: string) =>
    registry.addStats('n', parseStats(`${ms}-0`, new Map([['refusals', refusals]])), ms);
  add(1000, '[["banned","10.0.0.1",3]]');
  add(1000, '[["banned","10.0.0.1",3]]');
  for (const [i, broken] of ['', '{', '[["banned"]]', '[["banned","a",-1]]', '7'].entries())
    add(2000 + i, broken);
  expect(told).toEqual([{ reason: 'banned', address: '10.0.0.1', count: 3 }]);
});

test('the strictest length of the streams', () => {
  const registry = new NodeRegistry();
  registry.observe([record('a.1', 1)], [], 0);
  expect(registry.streamMaxLength()).toBeNull();
  registry.observe(
    [record('a.1', 1, { streamMaxLength: '10' }), record('b.1', 1, { streamMaxLength: '9' })],
    [],
    1,
  );
  expect(registry.streamMaxLength()).toBe(9);
});
