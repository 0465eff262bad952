/** How bad the link is. Round-trip figures: each direction adds half of the delay and half of the jitter. */
export interface LinkProfile {
  /** Added to every round trip, in milliseconds. */
  delayMs: number;
  /** The round trip varies by up to this much either way, evenly spread, in milliseconds. */
  jitterMs: number;
  /** Chance of every single packet to be lost, in each direction, 0..1. */
  lossRatio: number;
}

/** Adds nothing and loses nothing. */
export const clearLink: LinkProfile = { delayMs: 0, jitterMs: 0, lossRatio: 0 };

/** A way to the gateway that can be made bad while it is in use. */
export interface BadLink {
  /** `packets`: whole IP packets, seen by the kernel. `bytes`: a TCP proxy that delays and can lose nothing. */
  readonly kind: 'packets' | 'bytes';
  /** Why it is only a proxy. */
  readonly refusal?: string;
  /** Address the gateway has to listen on to be behind the link. */
  readonly address: string;
  /** Port of 127.0.0.1 whose connections reach the gateway over the link. */
  port(door: string): number;
  /** Says where a door leads: a port of the gateway. */
  lead(door: string, port: number): Promise<void>;
  set(profile: LinkProfile): Promise<void>;
  /** Packets carried so far and how many of them were lost. */
  count(): Promise<{ offered: number; lost: number }>;
  stop(): Promise<void>;
}
