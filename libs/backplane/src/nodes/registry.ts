import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** Who a node is: `node` is `id.incarnation`, the incarnation random per start. */
export interface NodeIdentity {
  readonly node: string;
  readonly id: string;
  readonly incarnation: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Unix ms. */
  readonly startedAt: number;
}

export type NodeState = 'ready' | 'not-ready' | 'draining';

/** Seconds the keys of a dead node are kept for operators to look at. */
const keptAfterDeathSeconds = 3600;

/**
 * Writes a node's record and its line in the directory of nodes; and how many partitions there are, where Redis does not
 * know it: it may have lost everything while the nodes ran on, and nobody else tells it again.
 */
export async function registerNode(
  redis: Redis,
  keys: Keys,
  identity: NodeIdentity,
  facts: { durability: string; listeners: string; streamMaxLength?: number },
): Promise<void> {
  const { node, ...rest } = identity;
  // Both at once: what unregisters them, sent later on the same connection, then finds both.
  await Promise.all([
    redis.hset(keys.nodeRecord(node), {
      ...rest,
      ...facts,
      beat: 0,
      beatAt: identity.startedAt,
      state: 'not-ready',
    }),
    redis.hset(keys.nodes, node, JSON.stringify(rest)),
    redis.hsetnx(keys.meta, 'partitions', String(keys.partitions)),
  ]);
}

/**
 * Raises the node's beat.
 * @returns `refused` when it was declared dead or is unknown to Redis: it must close everything and begin anew
 */
export async function beatNode(
  redis: Redis,
  keys: Keys,
  node: string,
  now: number,
  state: NodeState,
): Promise<'alive' | 'refused'> {
  const reply = await runScript(redis, scripts.beat, [keys.nodeRecord(node)], [now, state]);
  return reply === 1 ? 'alive' : 'refused';
}

/** Takes a node that stops in good order out of the directory, with all its keys. */
export async function unregisterNode(redis: Redis, keys: Keys, node: string): Promise<void> {
  await redis.hdel(keys.nodes, node);
  await redis.unlink(
    keys.nodeRecord(node),
    keys.nodeControl(node),
    keys.nodeInbox(node),
    keys.nodeStats(node),
    keys.nodeSamples(node),
  );
}

/** Nodes in the directory, dead ones that nobody reaped included. */
export async function listNodes(redis: Redis, keys: Keys): Promise<NodeIdentity[]> {
  const all = await redis.hgetall(keys.nodes);
  return Object.entries(all).map(([node, json]) => ({
    ...(JSON.parse(json) as Omit<NodeIdentity, 'node'>),
    node,
  }));
}

/** Writes the tombstone that makes the node's next beat fail. */
export async function declareDead(redis: Redis, keys: Keys, node: string, by: string): Promise<void> {
  await redis.hsetnx(keys.nodeRecord(node), 'tombstone', by);
}

/** After all claims of a dead node are ended: forgets it, and lets its keys expire. */
export async function forgetNode(redis: Redis, keys: Keys, node: string): Promise<void> {
  const left = [keys.nodeRecord(node), keys.nodeControl(node), keys.nodeStats(node), keys.nodeSamples(node)];
  // Work for a node that is no more is of no use to anybody.
  await redis.unlink(keys.nodeInbox(node));
  await Promise.all(left.map((key) => redis.expire(key, keptAfterDeathSeconds)));
  // Last: whoever is cut off before leaves a node that is still listed, and so is forgotten by the next.
  await redis.hdel(keys.nodes, node);
}

/** The beats of nodes, in their order; undefined for one without a record. They only ever rise while a node lives. */
export async function readBeats(
  redis: Redis,
  keys: Keys,
  nodes: readonly string[],
): Promise<(number | undefined)[]> {
  const beats = await Promise.all(nodes.map((node) => redis.hget(keys.nodeRecord(node), 'beat')));
  return beats.map((beat) => (beat === null ? undefined : Number(beat)));
}
