import type { CloseReason } from '@tributary/protocol';
import type { Knocking } from '../../admission/overload/door.ts';

/** What the handshake asks of a node that may be short of something. */
export interface LoadServices {
  /** Why the device cannot come in now, or undefined. */
  readonly refusal: (device: Knocking) => CloseReason | undefined;
  /**
   * The keep-alive to suggest, s; never longer than the one in force.
   * @param flaps unplanned reconnects within the hour
   */
  readonly keepAliveFor: (inForceSeconds: number, flaps: number) => number;
}

/** There is room for everybody. */
export const unloaded: LoadServices = {
  refusal: () => undefined,
  keepAliveFor: (inForceSeconds) => inForceSeconds,
};
