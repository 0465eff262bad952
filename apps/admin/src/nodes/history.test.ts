import { expect, test } from 'vitest';
import { fleetHistory, newestMoment } from './history.ts';
import { NodeStats, parseStats } from './node-stats.ts';

const entry = (at: number, figures: Record<string, number>) =>
  parseStats(`${at}-0`, new Map(Object.entries(figures).map(([name, value]) => [name, String(value)])));

function nodeWith(...entries: [number, Record<string, number>][]): NodeStats {
  const node = new NodeStats();
  for (const [at, figures] of entries) node.add(entry(at, figures), at);
  return node;
}

test('rates are counter differences over the time between two entries', () => {
  const node = nodeWith(
    [1000, { messagesIn: 100, stored: 90 }],
    [3000, { messagesIn: 300, stored: 290, connections: 4 }],
  );
  expect(node.figures(3000, 5000)).toMatchObject({ messagesIn: 100, stored: 100, connections: 4 });
});

test('a counter that falls gives no rate instead of a huge or negative one', () => {
  const node = nodeWith([1000, { messagesIn: 100 }], [2000, { messagesIn: 5 }]);
  expect(node.figures(2000, 5000)?.messagesIn).toBe(0);
});

test('figures grow stale', () => {
  expect(nodeWith([1000, {}]).figures(6000, 5000)).toBeNull();
});

test('the fleet is the sum of what each node last reported, without dips between reports', () => {
  const a = nodeWith([900, { connections: 1 }], [1900, { connections: 2 }], [2900, { connections: 3 }]);
  const b = nodeWith([1500, { connections: 10 }], [2500, { connections: 20 }]);
  expect(fleetHistory([a, b], 0, 3000)).toEqual([
    [1000, 1, 0, 0],
    [2000, 12, 0, 0],
    [3000, 23, 0, 0],
  ]);
  expect(newestMoment([a, b])).toBe(2900);
});

test('a node that stopped reporting leaves the sum after a few seconds', () => {
  const a = nodeWith([1000, { connections: 5 }]);
  expect(fleetHistory([a], 3000, 6000).map((point) => point[1])).toEqual([5, 0, 0]);
});
