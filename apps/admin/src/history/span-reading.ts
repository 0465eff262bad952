import type { HistoryColumn, Mark } from '@tributary/protocol/admin-api';
import { ColumnSum } from './column.ts';
import { NodeTraces } from './node-traces.ts';
import { isNode, type RollUpEntry } from './roll-up-entry.ts';
import type { Span } from './span.ts';

/** Which part of the fleet is asked about; nothing is all of it. */
export interface Part {
  /** `id`, which is all its incarnations, or `id.incarnation`. */
  node?: string | undefined;
  class?: string | undefined;
}

/**
 * All that the nodes wrote of a span, summed by node and column: a page that shows the fleet and each of its nodes is
 * served from one reading.
 */
export class SpanReading {
  readonly span: Span;
  readonly #traces = new NodeTraces();
  readonly #nodes = new Map<string, Map<number, ColumnSum>>();
  readonly #versions = new Set<number>();
  #actions: readonly Mark[] = [];

  constructor(span: Span) {
    this.span = span;
  }

  add(entry: RollUpEntry): void {
    const { node, at, quality } = entry;
    this.#traces.saw(node, at);
    const sums = this.#nodes.get(node) ?? new Map<number, ColumnSum>();
    this.#nodes.set(node, sums);
    const column = this.#columnOf(at);
    const sum = sums.get(column) ?? new ColumnSum();
    sums.set(column, sum);
    sum.add(entry);
    if (quality !== undefined) this.#versions.add(quality.version);
  }

  /** What operators did meanwhile. */
  set actions(marks: readonly Mark[]) {
    this.#actions = marks;
  }

  columns({ node, class: ofClass }: Part): HistoryColumn[] {
    const { from, to, stepMs, slotMs } = this.span;
    const chosen = [...this.#nodes].filter(([name]) => node === undefined || isNode(name, node));
    return Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => {
      const at = from + i * stepMs;
      const sum = new ColumnSum();
      for (const [, sums] of chosen) {
        const own = sums.get(at);
        if (own !== undefined) sum.addSum(own);
      }
      return sum.column(at, slotMs, ofClass);
    });
  }

  get formulaVersions(): number[] {
    return [...this.#versions].sort((a, b) => a - b);
  }

  /** Nodes that came and went, and what operators did. */
  get marks(): Mark[] {
    return [...this.#traces.marks(this.span.slotMs), ...this.#actions];
  }

  /**
   * "3 of 4 nodes answered". @param expected nodes that ought to have reported by now; undefined when the span ended
   * long ago and nobody can say
   */
  reporting({ node }: Part, expected: readonly string[] | undefined): { reported: number; known: number } {
    const isOurs = (name: string): boolean => node === undefined || isNode(name, node);
    if (expected === undefined) {
      const all = [...this.#nodes.keys()].filter(isOurs).length;
      return { reported: all, known: all };
    }
    const heard = [...this.#traces.atTheEnd(this.span.slotMs, this.span.to)].filter(isOurs);
    const known = new Set([...expected.filter(isOurs), ...heard]);
    return { reported: heard.length, known: known.size };
  }

  #columnOf(at: number): number {
    const { from, stepMs } = this.span;
    return from + Math.floor((at - from) / stepMs) * stepMs;
  }
}
