import type { Mark } from '@tributary/protocol/admin-api';

interface Trace {
  first: number;
  last: number;
}

/** Clocks of nodes may be behind, and slots are written when they have ended. */
const lateSlots = 4;

/** When each node was heard of within a span: tells of nodes that came and went before this process looked. */
export class NodeTraces {
  readonly #nodes = new Map<string, Trace>();
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  saw(node: string, slot: number): void {
    const trace = this.#nodes.get(node);
    if (trace === undefined) this.#nodes.set(node, { first: slot, last: slot });
    else {
      trace.first = Math.min(trace.first, slot);
      trace.last = Math.max(trace.last, slot);
    }
    this.#first = Math.min(this.#first, slot);
    this.#last = Math.max(this.#last, slot);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /**
   * Nodes that were still heard of in the newest two slots there are, and not long before the end of the span: when all
   * of them fell silent, none was heard of.
   * @param end of the span, Unix ms
   */
  atTheEnd(slotMs: number, end: number): Set<string> {
    const since = Math.max(this.#last - slotMs, end - lateSlots * slotMs);
    const nodes = [...this.#nodes].filter(([, { last }]) => last >= since);
    return new Set(nodes.map(([node]) => node));
  }

  /** Nodes that began or ended within the span; one slot's absence at either end says nothing yet. */
  marks(slotMs: number): Mark[] {
    const marks: Mark[] = [];
    for (const [node, { first, last }] of this.#nodes) {
      if (first > this.#first + slotMs)
        marks.push({ at: first, kind: 'node-started', text: `${node} started` });
      if (last < this.#last - slotMs)
        marks.push({ at: last + slotMs, kind: 'node-left', text: `${node} was last heard of` });
    }
    return marks;
  }
}
