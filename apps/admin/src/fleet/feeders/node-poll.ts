import type { Keys } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import type { Redis } from 'ioredis';
import { parseNodeRecord, type NodeRecord } from '../../nodes/node-record.ts';
import type { NodeRegistry } from '../../nodes/node-registry.ts';
import type { FleetIndex } from '../fleet-index.ts';
import { pause } from './follow.ts';

const pollMs = 1000;

export interface PollParts {
  keys: Keys;
  nodes: NodeRegistry;
  index: () => FleetIndex;
  clock: Clock;
  /** Called after each complete look. */
  onAnswer: () => void;
}

/** Looks at every listed node's record once a second until aborted. @throws when Redis does not answer. */
export async function pollNodes(redis: Redis, parts: PollParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await lookAtNodes(redis, parts);
    await pause(pollMs, signal);
  }
}

/** One look: the beats move on, and devices of silent nodes turn unknown. */
export async function lookAtNodes(redis: Redis, parts: PollParts): Promise<void> {
  const { keys, nodes, clock } = parts;
  const names = Object.keys(await redis.hgetall(keys.nodes));
  const hashes = await Promise.all(names.map((node) => redis.hgetall(keys.nodeRecord(node))));
  const records = names
    .map((node, i) => parseNodeRecord(node, hashes[i]!))
    .filter((record): record is NodeRecord => record !== undefined);
  const index = parts.index();
  nodes.observe(records, index.nodesOnline(), clock.monotonic());
  index.setSilent((node) => nodes.isSilent(node));
  parts.onAnswer();
}
