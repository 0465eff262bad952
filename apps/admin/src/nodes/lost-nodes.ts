import { idOfNode } from '../history/roll-up-entry.ts';
import type { NodeRecord } from './node-record.ts';

/** As long as the gateways keep what a dead node left. */
const keptMs = 3_600_000;
const maxKept = 50;
/** A node that stops in good order beats until the end; one that had been still for so long did not. */
const stillMs = 2500;

interface Lost {
  record: NodeRecord;
  since: number;
}

/**
 * Nodes that were taken out of the directory because they had died. The survivors reap a dead node within seconds; an
 * operator wants to see for longer that it is gone: until it is back under its id, and an hour at the most.
 */
export class LostNodes {
  readonly #lost = new Map<string, Lost>();

  /** A node is listed no more. @param stoodStillMs how long its beat had not moved. @param at monotonic ms */
  vanished(record: NodeRecord, stoodStillMs: number, at: number): void {
    if (!record.isDead && stoodStillMs < stillMs) return;
    this.#lost.set(record.node, { record: { ...record, isDead: true }, since: at });
    const oldest = this.#lost.keys().next();
    if (this.#lost.size > maxKept && oldest.done !== true) this.#lost.delete(oldest.value);
  }

  /** @param listed the nodes there are now */
  forget(listed: ReadonlyMap<string, NodeRecord>, at: number): void {
    const back = new Set([...listed.values()].filter(({ isDead }) => !isDead).map(({ id }) => id));
    for (const [node, { since }] of this.#lost) {
      if (listed.has(node) || back.has(idOfNode(node)) || at - since >= keptMs) this.#lost.delete(node);
    }
  }

  records(): NodeRecord[] {
    return [...this.#lost.values()].map(({ record }) => record);
  }

  has(node: string): boolean {
    return this.#lost.has(node);
  }
}
