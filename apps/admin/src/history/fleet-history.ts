import { rollUpSteps, type Keys, type Store } from '@tributary/backplane';
import type { History, HistoryQuery, Mark } from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import { ask } from '../redis/ask.ts';
import { actionMarks } from './action-marks.ts';
import { AnswerCache } from './answer-cache.ts';
import { ColumnSum } from './column.ts';
import type { MarkLog } from './marks.ts';
import { NodeTraces } from './node-traces.ts';
import { readRollUps } from './read-roll-ups.ts';
import { isNode } from './roll-up-entry.ts';
import { spanOf, type Span } from './span.ts';

export interface HistoryParts {
  store: Store;
  /** Roll-ups have no partition. */
  keys: Keys;
  clock: Clock;
  marks: MarkLog;
  /** Nodes that ought to report now: `id.incarnation`. */
  nodes: () => readonly string[];
}

type Asked = Omit<HistoryQuery, 'columns' | 'rangeMs'> & { columns: number; rangeMs: number };

interface Made extends Omit<History, 'marks'> {
  /** What Redis tells of nodes that came and went, and of operators. */
  found: readonly Mark[];
}

const leastHoldMs = 2000;
const mostHoldMs = 60_000;

/** The fleet over time, from what the nodes rolled up in Redis; equal questions are answered once. */
export class FleetHistory {
  readonly #parts: HistoryParts;
  readonly #cache: AnswerCache<Made>;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#cache = new AnswerCache(() => parts.clock.monotonic());
  }

  /**
   * @throws HttpProblem 400 `bad-range`; 503 `redis-away` when Redis is away and nobody has asked the same before
   */
  async read(asked: Asked): Promise<History> {
    const span = this.#spanOf(asked);
    const { node, class: ofClass, from, to, rangeMs, columns } = asked;
    const key = JSON.stringify([from, to, rangeMs, columns, node, ofClass]);
    const { found, ...made } = await this.#cache.answer(key, () => this.#make(span, node, ofClass), holdMs);
    return { ...made, marks: mergeMarks(this.#parts.marks.between(made.from, made.to), found) };
  }

  #spanOf(asked: Asked): Span {
    return spanOf(asked, Math.max(1, this.#parts.nodes().length), this.#parts.clock.now());
  }

  async #make(span: Span, node: string | undefined, ofClass: string | undefined): Promise<Made> {
    const sums = new Map<number, ColumnSum>();
    const traces = new NodeTraces();
    const versions = new Set<number>();
    const { store, keys } = this.#parts;
    const actions = await ask(store, async (redis) => {
      await readRollUps(redis, keys, span, (entry) => {
        traces.saw(entry.node, entry.at);
        if (node !== undefined && !isNode(entry.node, node)) return;
        const at = columnOf(entry.at, span);
        const sum = sums.get(at) ?? new ColumnSum();
        sums.set(at, sum);
        sum.add(entry);
        if (entry.quality !== undefined) versions.add(entry.quality.version);
      });
      return actionMarks(redis, keys, span.from, span.to + span.stepMs);
    });
    const { source, from, to, stepMs, slotMs } = span;
    const columns = columnStarts(span).map((at) =>
      (sums.get(at) ?? new ColumnSum()).column(at, slotMs, ofClass),
    );
    const formulaVersions = [...versions].sort((a, b) => a - b);
    const nodes = this.#reporting(traces, span);
    const found = [...traces.marks(slotMs), ...actions];
    return { source, from, to, stepMs, columns, formulaVersions, nodes, found };
  }

  /** "3 of 4 nodes answered": of those that ought to by now, where the span reaches until now. */
  #reporting(traces: NodeTraces, { to, slotMs }: Span): History['nodes'] {
    const heard = traces.atTheEnd(slotMs);
    if (this.#parts.clock.now() - to > 3 * slotMs) return { reported: traces.size, known: traces.size };
    const known = new Set([...this.#parts.nodes(), ...heard]);
    return { reported: heard.size, known: known.size };
  }
}

const holdMs = ({ source }: Made): number =>
  Math.min(mostHoldMs, Math.max(leastHoldMs, rollUpSteps[source].stepMs / 3));

const columnOf = (at: number, { from, stepMs }: Span): number =>
  from + Math.floor((at - from) / stepMs) * stepMs;

function columnStarts({ from, to, stepMs }: Span): number[] {
  return Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, i) => from + i * stepMs);
}

/** What this process saw of a node itself is told exactly; roll-ups tell of the rest. */
function mergeMarks(seen: readonly Mark[], found: readonly Mark[]): Mark[] {
  const named = (mark: Mark): string => `${mark.kind === 'node-started'} ${mark.text.split(' ')[0]}`;
  const known = new Set(seen.map(named));
  const merged = [...seen, ...found.filter((mark) => mark.kind === 'action' || !known.has(named(mark)))];
  return merged.sort((a, b) => a.at - b.at).slice(-200);
}
