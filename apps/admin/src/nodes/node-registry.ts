import type { NodeState, NodeView } from '@tributary/protocol/admin-api';
import { BeatWatch, silentAfterMs } from './beat-watch.ts';
import type { NodeRecord } from './node-record.ts';
import { NodeStats, type StatsEntry } from './node-stats.ts';

/** The nodes listed in Redis, whether they beat, and what they report. */
export class NodeRegistry {
  readonly #records = new Map<string, NodeRecord>();
  readonly #stats = new Map<string, NodeStats>();
  readonly #watch = new BeatWatch();

  /**
   * One reading of every listed node's record. @param named nodes that devices name: one without a record turns silent
   * like one whose beat stands still. @param at monotonic ms.
   */
  observe(records: readonly NodeRecord[], named: Iterable<string>, at: number): void {
    this.#records.clear();
    const beats = new Map<string, string | undefined>();
    for (const node of named) beats.set(node, undefined);
    for (const record of records) {
      this.#records.set(record.node, record);
      beats.set(record.node, record.beat);
    }
    for (const node of this.#stats.keys()) if (!this.#records.has(node)) this.#stats.delete(node);
    this.#watch.observe(beats, at);
  }

  addStats(node: string, entry: StatsEntry, at: number): void {
    const stats = this.#stats.get(node) ?? new NodeStats();
    this.#stats.set(node, stats);
    stats.add(entry, at);
  }

  /** True when nobody can say what the node's devices do: its beat stands still, or it was declared dead. */
  isSilent(node: string): boolean {
    return this.#watch.isSilent(node) || this.#records.get(node)?.isDead === true;
  }

  get names(): string[] {
    return [...this.#records.keys()];
  }

  stats(): Iterable<NodeStats> {
    return this.#stats.values();
  }

  views(at: number): NodeView[] {
    return [...this.#records.values()]
      .sort((a, b) => (a.node < b.node ? -1 : 1))
      .map((r) => this.#view(r, at));
  }

  #view(record: NodeRecord, at: number): NodeView {
    const { beat: _beat, state: _state, isDead: _isDead, ...facts } = record;
    const state = this.#stateOf(record);
    const figures = this.#stats.get(record.node)?.figures(at, silentAfterMs) ?? null;
    return {
      ...facts,
      state,
      silentMs: this.#watch.silentMs(record.node, at),
      figures: state === 'silent' || state === 'lost' ? null : figures,
      quality: null,
    };
  }

  #stateOf(record: NodeRecord): NodeState {
    if (record.isDead) return 'lost';
    if (this.#watch.isSilent(record.node)) return 'silent';
    return record.state === 'ready' || record.state === 'draining' ? record.state : 'not-ready';
  }
}
