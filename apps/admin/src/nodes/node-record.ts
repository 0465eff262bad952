import { countOf } from '@tributary/backplane';
import type { NodeView } from '@tributary/protocol/admin-api';
import { z } from 'zod';

/** What the admin reads of the hash `{node:NODE}:record`. */
export interface NodeRecord {
  node: string;
  id: string;
  host: string;
  pid: number;
  version: string;
  startedAt: number;
  /** Raised by the node each second; only whether it moves matters. */
  beat: string;
  state: string;
  durability: string;
  listeners: NodeView['listeners'];
  /** Entries at which its uplink streams drop the oldest; 0 when it does not say. */
  streamMaxLength: number;
  /** Another process declared it dead. */
  isDead: boolean;
}

const listenersSchema = z.array(
  z.object({ name: z.string(), protocol: z.string(), address: z.string(), port: z.number() }),
);

/** Reads a node's record; undefined when there is none. */
export function parseNodeRecord(node: string, hash: Record<string, string>): NodeRecord | undefined {
  if (hash.id === undefined) return undefined;
  return {
    node,
    id: hash.id,
    host: hash.host ?? '',
    pid: countOf(hash.pid),
    version: hash.version ?? '',
    startedAt: countOf(hash.startedAt),
    beat: hash.beat ?? '',
    state: hash.state ?? '',
    durability: hash.durability ?? '',
    listeners: parseListeners(hash.listeners ?? '[]'),
    streamMaxLength: countOf(hash.streamMaxLength),
    isDead: hash.tombstone !== undefined,
  };
}

function parseListeners(json: string): NodeView['listeners'] {
  try {
    return listenersSchema.parse(JSON.parse(json));
  } catch {
    return [];
  }
}
