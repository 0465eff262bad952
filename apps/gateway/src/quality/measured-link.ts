/** What is measured of a device's connection; the session answers. Monotonic ms. */
export interface MeasuredLink {
  /** Of its TCP socket; -1 when there is none any more. */
  readonly descriptor: number;
  /** A proxy or balancer stands between: the kernel's figures are of the hop to that. */
  readonly isBehindProxy: boolean;
  /** Changes whenever something was heard or said. */
  readonly activity: number;
  /** Not read at the moment: nothing can be heard. */
  readonly isPaused: boolean;
  /** In force; 0 is none. */
  readonly keepAliveMs: number;
  /** Bytes that wait for the kernel to take them. */
  readonly pendingBytes: number;
  /** Bytes the kernel has taken. */
  readonly takenBytes: number;
  /** When the device was heard last. */
  readonly heardMs: number;
  /** Messages it sent so far. */
  readonly messages: number;
  /** The longest silence since this was last asked, ms. */
  takeSilenceMs(nowMs: number): number;
  /** How long the socket refused bytes since this was last asked, ms. */
  takeStalledMs(nowMs: number): number;
  /** Whether there is a ping that is answered by itself; its `token` comes back to `LinkMeter.ponged`. */
  readonly canPing: boolean;
  ping(token: number): void;
}
