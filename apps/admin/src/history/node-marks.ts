import type { NodeView } from '@tributary/protocol/admin-api';
import type { MarkLog } from './marks.ts';

/** Writes a mark when a node appears, leaves, drains or dies. What is there at the first look is no news. */
export class NodeMarks {
  readonly #marks: MarkLog;
  #seen: Map<string, NodeView['state']> | undefined;

  constructor(marks: MarkLog) {
    this.#marks = marks;
  }

  /** @param now Unix ms */
  look(nodes: readonly NodeView[], now: number): void {
    const states = new Map(nodes.map(({ node, state }) => [node, state]));
    const before = this.#seen;
    this.#seen = states;
    if (before === undefined) return;
    for (const { node, state, startedAt } of nodes) {
      const was = before.get(node);
      if (was === undefined && state !== 'lost')
        this.#marks.add({
          at: Math.min(now, startedAt || now),
          kind: 'node-started',
          text: `${node} started`,
        });
      if (was === state) continue;
      if (state === 'lost') this.#marks.add({ at: now, kind: 'node-lost', text: `${node} was lost` });
      if (state === 'draining') this.#marks.add({ at: now, kind: 'drain', text: `${node} drains` });
    }
    for (const [node, was] of before) {
      if (!states.has(node) && was !== 'lost')
        this.#marks.add({ at: now, kind: 'node-left', text: `${node} stopped` });
    }
  }
}
