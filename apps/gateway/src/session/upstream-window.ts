import { serviceClasses } from '@tributary/protocol';
import { PauseCause } from '../connection/pause-cause.ts';
import { type Reader, restMs } from '../uplink/readers.ts';
import type { Sender, UpstreamServices } from './sender.ts';

/** Place of critical devices in `serviceClasses`. */
const criticalRank = serviceClasses.indexOf('critical');

/** How much of one device may be unanswered by Redis, and how much of all: reading pauses until there is room again. */
export class UpstreamWindow implements Reader {
  /** Messages not yet answered by Redis. */
  unanswered = 0;
  readonly #sender: Sender;
  readonly #services: Pick<UpstreamServices, 'uplink' | 'router' | 'monotonic'>;
  /** Monotonic ms. */
  #fullAtMs = 0;
  /** In the uplink's list of readers that wait for room. */
  #isWaiting = false;

  constructor(sender: Sender, services: Pick<UpstreamServices, 'uplink' | 'router' | 'monotonic'>) {
    this.#sender = sender;
    this.#services = services;
    sender.connection.mayTake = () => this.#mayTake();
  }

  /** A message is on its way to Redis. */
  sent(): void {
    const { connection, window } = this.#sender;
    if (++this.unanswered < window || connection.isPausedBy(PauseCause.WINDOW)) return;
    this.#fullAtMs = this.#services.monotonic();
    connection.pause(PauseCause.WINDOW);
  }

  /** Redis has answered one. */
  answered(): void {
    const { connection, window } = this.#sender;
    // Half a window of room before reading goes on, so that it does not stop and start at every message.
    if (--this.unanswered === window >> 1 && connection.isPausedBy(PauseCause.WINDOW)) this.#goOn();
  }

  /** For the uplink: there is room again. */
  readOn(): void {
    this.#isWaiting = false;
    if (this.unanswered < this.#sender.window) this.#sender.connection.resume(PauseCause.WINDOW);
    if (this.#mayTake()) this.#sender.connection.resume(PauseCause.SATURATED);
  }

  #goOn(): void {
    const { uplink, monotonic } = this.#services;
    if (monotonic() - this.#fullAtMs < restMs) uplink.readers.onAfterRest(this);
    else uplink.readers.onAfterAcks(this);
  }

  /** Nothing is taken while the node is above its high mark; reading goes on when it is below the low one. */
  #mayTake(): boolean {
    const { uplink, router } = this.#services;
    if (!uplink.isSaturated && !router.isSaturated) return true;
    // What others send too much is not to be paid for by critical devices.
    if (this.#sender.rank === criticalRank && !uplink.isFull && !router.isSaturated) return true;
    this.#sender.connection.pause(PauseCause.SATURATED);
    if (!this.#isWaiting && this.#sender.isOpen) {
      this.#isWaiting = true;
      uplink.readers.onWithRoom(this);
    }
    return false;
  }
}
