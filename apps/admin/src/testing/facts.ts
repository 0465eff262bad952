import type { NodeView } from '@tributary/protocol/admin-api';
import type { Facts } from '../problems/facts.ts';

/** A fleet that is well, of three devices on one node. */
export const factsOf = (more: Partial<Facts> = {}): Facts => ({
  now: 1_700_000_000_000,
  redis: 'up',
  nodes: [nodeOf('gw-1.a')],
  quality: {
    bands: { excellent: 3, good: 0, fair: 0, poor: 0, bad: 0, unknown: 0 },
    ...{ scored: 3, p5: 98, goodShare: 1 },
    lost: { rtt: 0, jitter: 0, loss: 0, flaps: 0, errors: 0, stalls: 0 },
  },
  ...{ groups: [], duplicates: [], connected: 3, flapping: 0, refused: new Map() },
  ...{ consumers: [], furthest: new Map(), streamMaxLength: null, memoryShare: null, ownCertificate: null },
  ...more,
});

export const nodeOf = (node: string, more: Partial<NodeView> = {}): NodeView => ({
  ...{ node, id: node.split('.')[0]!, host: 'h', pid: 1, version: '1', startedAt: 1, state: 'ready' },
  ...{ silentMs: 0, durability: 'always', listeners: [], certificates: [], figures: null, quality: null },
  ...more,
});
