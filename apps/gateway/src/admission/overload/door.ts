import type { OverloadStep, ServiceClass } from '@tributary/protocol';
import { type ConnectBounds, ConnectLimit } from './connect-limit.ts';
import { rulesOf } from './ladder.ts';

/** A device that asks to come in. */
export interface Knocking {
  readonly clientId: string;
  readonly class: ServiceClass;
  /** It asks for the session it has. */
  readonly isResuming: boolean;
  /** `address:port`. */
  readonly address: string;
}

/** Why it cannot: the ladder's step, or the limit on connects. */
export type RefusedBy = 'step' | 'connect-limit';

/** Who may come in while a node is short of something: critical devices always do. */
export class Door {
  /** Devices turned away. */
  readonly refused: Record<RefusedBy, number> = { 'step': 0, 'connect-limit': 0 };
  readonly limit: ConnectLimit;

  /** @param nowMs monotonic, as below */
  constructor(bounds: ConnectBounds, nowMs: number) {
    this.limit = new ConnectLimit(bounds, nowMs);
  }

  /** What turns the device away now, or undefined. It is counted as if it were. */
  refusal(device: Knocking, step: OverloadStep, nowMs: number): RefusedBy | undefined {
    if (device.class === 'critical') {
      this.limit.spend(nowMs);
      return undefined;
    }
    const by = this.#turnedAwayBy(device, step, nowMs);
    if (by !== undefined) this.refused[by]++;
    return by;
  }

  #turnedAwayBy(
    { class: serviceClass, isResuming }: Knocking,
    step: OverloadStep,
    nowMs: number,
  ): RefusedBy | undefined {
    if (rulesOf(step, serviceClass).isRefused && !isResuming) return 'step';
    return this.limit.take(isResuming, nowMs) ? undefined : 'connect-limit';
  }
}
