import type { NodeState, NodeView } from '@tributary/protocol/admin-api';
import { bandsOf, classBinsOf } from '../history/bands-of-bins.ts';
import { BeatWatch, silentAfterMs } from './beat-watch.ts';
import { LostNodes } from './lost-nodes.ts';
import type { NodeRecord } from './node-record.ts';
import { NodeStats, type StatsEntry } from './node-stats.ts';
import type { Refusal } from './refusals.ts';

/** The nodes listed in Redis, whether they beat, and what they report. */
export class NodeRegistry {
  /** Told of connects that nodes turned away. @param at Redis' clock, Unix ms */
  onRefusals: ((refusals: readonly Refusal[], at: number) => void) | undefined;
  readonly #records = new Map<string, NodeRecord>();
  readonly #stats = new Map<string, NodeStats>();
  readonly #watch = new BeatWatch();
  readonly #lost = new LostNodes();

  /**
   * One reading of every listed node's record. @param named nodes that devices name: one without a record turns silent
   * like one whose beat stands still. @param at monotonic ms.
   */
  observe(records: readonly NodeRecord[], named: Iterable<string>, at: number): void {
    const before = [...this.#records.values()];
    this.#records.clear();
    const beats = new Map<string, string | undefined>();
    for (const node of named) beats.set(node, undefined);
    for (const record of records) {
      this.#records.set(record.node, record);
      beats.set(record.node, record.beat);
    }
    for (const record of before) {
      if (this.#records.has(record.node)) continue;
      this.#lost.vanished(record, this.#watch.stoodStillMs(record.node, at), at);
    }
    this.#lost.forget(this.#records, at);
    for (const node of this.#stats.keys()) if (!this.#records.has(node)) this.#stats.delete(node);
    this.#watch.observe(beats, at);
  }

  addStats(node: string, entry: StatsEntry, at: number): void {
    const stats = this.#stats.get(node) ?? new NodeStats();
    this.#stats.set(node, stats);
    if (stats.add(entry, at) && entry.refusals.length > 0) this.onRefusals?.(entry.refusals, entry.at);
  }

  /** True when nobody can say what the node's devices do: its beat stands still, or it was declared dead. */
  isSilent(node: string): boolean {
    return this.#watch.isSilent(node) || this.#records.get(node)?.isDead === true || this.#lost.has(node);
  }

  get names(): string[] {
    return [...this.#records.keys()];
  }

  /** Nodes that ought to report: listed, and not known to be dead. */
  living(): string[] {
    return [...this.#records.values()].filter((record) => !record.isDead).map(({ node }) => node);
  }

  stats(): Iterable<NodeStats> {
    return this.#stats.values();
  }

  /** Waiting in the nodes' memory for Redis. @param at monotonic ms */
  queued(at: number): { messages: number; bytes: number } {
    const queued = { messages: 0, bytes: 0 };
    for (const stats of this.#stats.values()) {
      const figures = stats.figures(at, silentAfterMs);
      if (figures === null) continue;
      queued.messages += stats.queuedMessages;
      queued.bytes += figures.queuedBytes;
    }
    return queued;
  }

  /** Entries at which uplink streams drop the oldest: what the strictest node says; null when none does. */
  streamMaxLength(): number | null {
    const lengths = [...this.#records.values()].map((record) => record.streamMaxLength).filter((n) => n > 0);
    return lengths.length === 0 ? null : Math.min(...lengths);
  }

  /** Listed nodes and lost ones, in order of name. @param at monotonic ms */
  views(at: number): NodeView[] {
    return [...this.#records.values(), ...this.#lost.records()]
      .sort((a, b) => (a.node < b.node ? -1 : 1))
      .map((r) => this.#view(r, at));
  }

  #view(record: NodeRecord, at: number): NodeView {
    const { beat: _beat, state: _state, isDead: _isDead, streamMaxLength: _length, ...facts } = record;
    const state = this.#stateOf(record);
    const isQuiet = state === 'silent' || state === 'lost';
    const stats = isQuiet ? undefined : this.#stats.get(record.node);
    return {
      ...facts,
      state,
      silentMs: this.#watch.silentMs(record.node, at),
      figures: stats?.figures(at, silentAfterMs) ?? null,
      quality: qualityView(stats),
      certificates: stats?.certificates ?? [],
    };
  }

  #stateOf(record: NodeRecord): NodeState {
    if (record.isDead) return 'lost';
    if (this.#watch.isSilent(record.node)) return 'silent';
    return record.state === 'ready' || record.state === 'draining' ? record.state : 'not-ready';
  }
}

function qualityView(stats: NodeStats | undefined): NodeView['quality'] {
  const quality = stats?.quality;
  if (quality === undefined) return null;
  const { rtt } = quality;
  const known = rtt.devices > 0;
  return {
    bands: bandsOf(classBinsOf(quality)),
    rttP50: known ? rtt.p50 : null,
    rttP95: known ? rtt.p95 : null,
  };
}
