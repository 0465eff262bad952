import type { SessionRegistry } from '../session/registry.ts';
import type { Session } from '../session/session.ts';

const tickMs = 1000;
/** How often each queue is looked at, ms. */
const everyMs = 30_000;

/**
 * Looks at the queues of this node's sessions once in half a minute, spread over it: a doorbell of another node is a hint,
 * and may be lost. Only sessions that subscribe to something and outlive their connection have a queue others fill.
 */
export class Sweep {
  readonly #registry: SessionRegistry;
  readonly #isUp: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #round = 0;

  constructor(registry: SessionRegistry, isUp: () => boolean) {
    this.#registry = registry;
    this.#isUp = isUp;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (!this.#isUp()) return;
    const rounds = everyMs / tickMs;
    this.#round = (this.#round + 1) % rounds;
    for (const session of this.#registry.all()) {
      if (isDue(session, this.#round, rounds)) session.look();
    }
  }
}

/** Its epoch spreads them. */
function isDue({ isPersistent, subscriptions, epoch }: Session, round: number, rounds: number): boolean {
  return isPersistent && subscriptions.size > 0 && epoch % rounds === round;
}
