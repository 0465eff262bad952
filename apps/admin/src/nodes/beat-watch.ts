/** How long a beat may stand still before its node is called silent. */
export const silentAfterMs = 5000;
/** A poll this late says nothing about the nodes: it was Redis or this process that stood still. */
const blindAfterMs = 3000;

interface Watch {
  beat: string;
  movedAt: number;
}

/**
 * Tells silent nodes from living ones by this process' own monotonic clock, and only over time in which Redis answered:
 * after any gap in the polling the watch begins anew, so an outage of Redis makes no node silent.
 */
export class BeatWatch {
  readonly #watches = new Map<string, Watch>();
  readonly #silent = new Set<string>();
  #polledAt = Number.NEGATIVE_INFINITY;

  /**
   * One look at all nodes. @param beats node → beat; undefined for a node that devices name but that has no record.
   * @param at monotonic ms.
   */
  observe(beats: ReadonlyMap<string, string | undefined>, at: number): void {
    const wasBlind = at - this.#polledAt > blindAfterMs;
    this.#polledAt = at;
    for (const [node, beat = ''] of beats) {
      const watch = this.#watches.get(node);
      if (watch === undefined || watch.beat !== beat) {
        this.#watches.set(node, { beat, movedAt: at });
        this.#silent.delete(node);
      } else if (wasBlind) {
        watch.movedAt = at;
      } else if (at - watch.movedAt >= silentAfterMs) {
        this.#silent.add(node);
      }
    }
    for (const node of this.#watches.keys()) {
      if (beats.has(node)) continue;
      this.#watches.delete(node);
      this.#silent.delete(node);
    }
  }

  isSilent(node: string): boolean {
    return this.#silent.has(node);
  }

  /** For how long a node's beat has not moved, silent or not; 0 for one that is not watched. */
  stoodStillMs(node: string, at: number): number {
    const watch = this.#watches.get(node);
    return watch === undefined ? 0 : Math.round(at - watch.movedAt);
  }

  /** For how long the beat of a silent node has stood still; 0 for the others. */
  silentMs(node: string, at: number): number {
    const watch = this.#watches.get(node);
    return watch !== undefined && this.#silent.has(node) ? Math.round(at - watch.movedAt) : 0;
  }
}
