import type { Keys } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import { parseStats } from '../../nodes/node-stats.ts';
import type { NodeRegistry } from '../../nodes/node-registry.ts';
import type { FleetIndex } from '../fleet-index.ts';
import { parseSamples } from '../samples.ts';
import { follow, lastId, pause } from './follow.ts';

const relistMs = 1000;
// Samples of the last moments are read again at the start, so that rates are there at once.
const sampleLookBackMs = 15_000;

interface Parts {
  keys: Keys;
  index: FleetIndex;
  nodes: NodeRegistry;
  clock: Clock;
}

/**
 * Follows `stats` and `samples` of every listed node; the list is looked at again each second. `reader` answers short
 * questions, `blocking` is this feeder's own.
 */
export async function feedNodes(
  reader: Redis,
  blocking: Redis,
  { keys, index, nodes, clock }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const positions = new Map<string, string>();
  const statsOf = new Map<string, string>();

  const relist = async (): Promise<void> => {
    while (!signal.aborted) {
      const names = nodes.names;
      const wanted = new Set(names.flatMap((node) => [keys.nodeStats(node), keys.nodeSamples(node)]));
      for (const stream of positions.keys()) if (!wanted.has(stream)) positions.delete(stream);
      for (const node of names) {
        const samples = keys.nodeSamples(node);
        if (positions.has(samples)) continue;
        const from = lookBack(await lastId(reader, samples));
        statsOf.set(keys.nodeStats(node), node);
        positions.set(keys.nodeStats(node), '0-0'); // at most ten minutes: they fill the chart
        positions.set(samples, from);
      }
      await pause(relistMs, signal);
    }
  };

  const read = follow(
    blocking,
    positions,
    (stream, id, fields) => {
      const at = clock.monotonic();
      const node = statsOf.get(stream);
      if (node !== undefined) return nodes.addStats(node, parseStats(id, fields), at);
      const { ts, samples, quality } = parseSamples(fields);
      for (const sample of samples) index.applySample(sample, ts, at);
      for (const sample of quality) index.applyQualitySample(sample, ts);
    },
    signal,
  );
  await Promise.all([relist(), read]);
}

function lookBack(id: string): string {
  return `${Math.max(0, Number.parseInt(id, 10) - sampleLookBackMs)}-0`;
}
