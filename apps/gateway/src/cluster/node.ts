import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  beatNode,
  declareDead,
  isReplyError,
  listNodes,
  type NodeIdentity,
  type NodeState,
  registerNode,
  unregisterNode,
  writeStats,
} from '@tributary/backplane';
import type { Logger } from '@tributary/runtime';
import { endNode, type EndNodeOptions } from './end-node.ts';

export interface NodeOptions extends EndNodeOptions {
  readonly id: string;
  readonly version: string;
  readonly logger: Logger;
  readonly state: () => NodeState;
  readonly stats: () => Readonly<Record<string, number | string>>;
  /** This incarnation was declared dead, or Redis lost it: nothing it claimed is its own any more. */
  readonly onLost: () => void;
}

const beatMs = 1000;

/** This node among others: its identity, its beat, and the end of its own earlier incarnations. */
export class ClusterNode {
  readonly #options: NodeOptions;
  #identity: NodeIdentity;
  #facts = { durability: 'unknown', listeners: '[]', streamMaxLength: 0 };
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isRegistered = false;
  #hasLeft = false;
  #trouble: string | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#identity = this.#newIdentity();
  }

  /** Why Redis refuses what the node writes, though it answers; undefined while it does not. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** `id.incarnation`. */
  get name(): string {
    return this.#identity.node;
  }

  /** Registers, and ends what earlier incarnations of the same id left behind. @throws when Redis cannot be asked */
  async join(durability: string): Promise<void> {
    const { store, keys } = this.#options;
    this.#facts = { ...this.#facts, durability, streamMaxLength: this.#options.uplinkMaxLength };
    // Before the answer: a stop that comes meanwhile takes back what Redis may have by then.
    this.#isRegistered = true;
    await registerNode(store.redis, keys, this.#identity, this.#facts);
    if (this.#hasLeft) return;
    // Beating before the ends of others: that may take longer than a node may be silent.
    this.#timer ??= setInterval(() => void this.beat(), beatMs);
    await this.#reapEarlier();
  }

  /** Tells where the node listens. */
  async announce(
    listeners: readonly { name: string; protocol: string; address: string; port: number }[],
  ): Promise<void> {
    this.#facts = { ...this.#facts, listeners: JSON.stringify(listeners) };
    await this.#options.store.redis.hset(this.#options.keys.nodeRecord(this.name), this.#facts);
  }

  /** Stops beating and takes the node out of the directory, if Redis can be asked. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!this.#isRegistered || !this.#options.store.isUp) return;
    await unregisterNode(this.#options.store.redis, this.#options.keys, this.name);
  }

  /** Raises the beat and writes this second's figures. Called by its own timer, and when the state has changed. */
  async beat(): Promise<void> {
    const { store, keys, logger, now, state, onLost } = this.#options;
    if (this.#isBeating || this.#hasLeft || !store.isUp) return;
    this.#isBeating = true;
    try {
      const node = this.name;
      const [answer] = await Promise.all([
        beatNode(store.redis, keys, node, now(), state()),
        this.#tellFigures(node),
      ]);
      this.#trouble = undefined;
      if (answer === 'refused' && !this.#hasLeft) {
        logger.error(
          { node },
          'this node was declared dead or is unknown to Redis: closing everything, beginning anew',
        );
        // The new name first: what reconnects at once is claimed under it.
        this.#identity = this.#newIdentity();
        onLost();
        await registerNode(store.redis, keys, this.#identity, this.#facts);
        // Not awaited: with many devices it takes longer than a node may be silent.
        void this.#endFormer(node);
      }
    } catch (error) {
      if (isReplyError(error)) this.#trouble = error.message;
      if (store.isUp) logger.warn({ err: error }, 'beat failed');
    } finally {
      this.#isBeating = false;
    }
  }

  /** A mistake in what is measured must not stop the beat: the node would be declared dead for it. */
  async #tellFigures(node: string): Promise<void> {
    const { store, keys, logger, stats } = this.#options;
    let figures: ReturnType<NodeOptions['stats']>;
    try {
      figures = stats();
    } catch (error) {
      logger.error({ err: error }, 'the figures of this second could not be made');
      return;
    }
    await writeStats(store.redis, keys, node, figures);
  }

  async #reapEarlier(): Promise<void> {
    const { store, keys, logger, id } = this.#options;
    for (const { node, id: otherId } of await listNodes(store.redis, keys)) {
      if (otherId !== id || node === this.name) continue;
      await declareDead(store.redis, keys, node, this.name);
      const ended = await endNode(this.#options, node);
      logger.warn({ earlier: node, devices: ended }, 'ended an earlier incarnation of this node');
    }
  }

  /** What is not ended of it here is ended by whoever watches it. */
  async #endFormer(node: string): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await endNode(this.#options, node);
    } catch (error) {
      if (store.isUp) logger.warn({ err: error, former: node }, 'the former self of this node was not ended');
    }
  }

  #newIdentity(): NodeIdentity {
    const { id, version, now } = this.#options;
    const incarnation = randomBytes(6).toString('hex');
    return {
      node: `${id}.${incarnation}`,
      id,
      incarnation,
      host: hostname(),
      pid: process.pid,
      version,
      startedAt: now(),
    };
  }
}
