import type { Reaped } from '@tributary/backplane';
import type { Claims } from '../cluster/claims.ts';
import { NodeWatch, type NodeWatchOptions } from './node-watch.ts';
import { Timers, type TimersOptions } from './timers.ts';

const retryPendingMs = 5000;
/** How long another node's beat may stand still before it counts as dead, ms (architecture, section 5). */
const lostAfterMs = 6000;

export interface KeepingOptions
  extends Omit<TimersOptions, 'wills'>, Omit<NodeWatchOptions, 'lostAfterMs' | 'onFiredWills'> {
  readonly claims: Claims;
  readonly wills: TimersOptions['wills'];
  readonly onFiredWills: (fired: Reaped['firedWills']) => void;
}

/** What one node does for all, and what it does again until it is done. */
export class Keeping {
  readonly #claims: Claims;
  readonly #timers: Timers;
  readonly #nodeWatch: NodeWatch;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: KeepingOptions) {
    this.#claims = options.claims;
    this.#timers = new Timers(options);
    this.#nodeWatch = new NodeWatch({ ...options, lostAfterMs });
  }

  start(): void {
    this.#timers.start();
    this.#nodeWatch.start();
    this.#retry ??= setInterval(() => this.#claims.retryPending(), retryPendingMs);
  }

  /** Idempotent. */
  stop(): void {
    this.#timers.stop();
    this.#nodeWatch.stop();
    clearInterval(this.#retry);
    this.#retry = undefined;
  }
}
