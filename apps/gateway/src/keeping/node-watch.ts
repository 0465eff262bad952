import { declareDead, listNodes, readBeats } from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import { endNode, type EndNodeOptions } from '../cluster/end-node.ts';

const intervalMs = 1000;
/** With so long between two answers the watch begins anew, ms. */
const gapMs = 2500;

export interface NodeWatchOptions extends EndNodeOptions {
  readonly logger: Logger;
  readonly nodeName: () => string;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** How long a beat may stand still, ms. */
  readonly lostAfterMs: number;
}

/**
 * Watches the beats of the other nodes. One that stands still, seen with this node's own eyes and clock and an unbroken
 * link to Redis, is declared dead: its devices are told as lost, their wills fired, their claims ended. After each
 * reconnect the watch begins anew, so an outage of Redis, however long, reaps nobody (architecture, section 5).
 */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  /** Node → its last beat, and when it was first seen, monotonic ms. */
  readonly #seen = new Map<string, { beat: number | undefined; sinceMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  /** Monotonic ms. */
  #lookedMs = 0;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
    options.store.on('down', () => this.#seen.clear());
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Reads all beats, and ends the nodes whose beat has stood still for too long. Called by its own timer. */
  async look(): Promise<void> {
    const { store, keys, logger, nodeName, monotonic, lostAfterMs } = this.#options;
    if (this.#isBusy || !store.isUp) return;
    this.#isBusy = true;
    const beganMs = monotonic();
    // While this node did not look, or Redis did not answer, the others could not beat either.
    if (beganMs - this.#lookedMs > gapMs) this.#seen.clear();
    try {
      const others = (await listNodes(store.redis, keys)).map(({ node }) => node);
      const nodes = others.filter((node) => node !== nodeName());
      const beats = await readBeats(store.redis, keys, nodes);
      // All are judged by when their beats were read: ending one of them may take long.
      const nowMs = monotonic();
      if (nowMs - beganMs > gapMs) this.#seen.clear();
      for (const node of this.#seen.keys()) if (!nodes.includes(node)) this.#seen.delete(node);
      for (const [i, node] of nodes.entries()) {
        const seen = this.#seen.get(node);
        if (seen === undefined || seen.beat !== beats[i])
          this.#seen.set(node, { beat: beats[i], sinceMs: nowMs });
        else if (nowMs - seen.sinceMs >= lostAfterMs) await this.#end(node);
      }
    } catch (error) {
      if (store.isUp) logger.warn({ err: error }, 'watching the other nodes failed');
    } finally {
      this.#isBusy = false;
      this.#lookedMs = monotonic();
    }
  }

  async #end(node: string): Promise<void> {
    const { store, keys, logger, nodeName } = this.#options;
    await declareDead(store.redis, keys, node, nodeName());
    const ended = await endNode(this.#options, node);
    this.#seen.delete(node);
    logger.warn(
      { lost: node, devices: ended },
      'a node does not beat any more: its devices are told as lost',
    );
  }
}
