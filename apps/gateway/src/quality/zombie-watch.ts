import { qualityWindowMs } from '@tributary/protocol';
import type { MeasuredLink } from './measured-link.ts';
import { failedAfterMs } from './probes.ts';
import type { TcpInfo } from './tcp-info.ts';
import { TrafficWatch } from './traffic-watch.ts';

/** Why a connection that stands is of no use. */
export type Zombie = 'no-traffic' | 'half-open';

/** Watches for both in one connection. Monotonic ms. */
export class ZombieWatch {
  readonly #traffic: TrafficWatch;
  /** A device with a rhythm counts as silent after so many keep-alives; 0: never. */
  readonly #noTrafficKeepAlives: number;
  /** Messages of ours that the device acknowledged. */
  #answers = 0;
  #unackedSinceMs = 0;

  constructor(noTrafficKeepAlives: number, nowMs: number) {
    this.#noTrafficKeepAlives = noTrafficKeepAlives;
    this.#traffic = new TrafficWatch(nowMs);
  }

  /** The device has a message of ours. */
  answered(): void {
    this.#answers++;
  }

  /** Once a window. */
  silent({ keepAliveMs, messages }: MeasuredLink, nowMs: number): Zombie | undefined {
    this.#traffic.update(messages + this.#answers, nowMs);
    const limitMs = this.#noTrafficKeepAlives * keepAliveMs;
    return limitMs > 0 && this.#traffic.isSilent(limitMs, nowMs) ? 'no-traffic' : undefined;
  }

  /** Once a window in which it was measured: what we sent is unacknowledged, and nothing at all has come since. */
  isUnanswered(info: TcpInfo | undefined, nowMs: number): boolean {
    const isWaiting =
      info !== undefined &&
      info.unacked > 0 &&
      info.lastAckReceivedMs >= Math.min(qualityWindowMs, failedAfterMs);
    if (!isWaiting) this.#unackedSinceMs = 0;
    else if (this.#unackedSinceMs === 0) this.#unackedSinceMs = nowMs;
    return isWaiting && nowMs - this.#unackedSinceMs >= failedAfterMs - qualityWindowMs;
  }
}
