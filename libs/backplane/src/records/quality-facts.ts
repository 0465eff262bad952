import type { Band, Confidence, FigureSource, Penalties } from '@tributary/protocol';

/** Why a connection that stands is of no use: nothing but PINGREQ for long, or a peer that no longer answers. */
export const zombieReasons = ['no-traffic', 'half-open'] as const;
export type ZombieReason = (typeof zombieReasons)[number];

/** Who measured each figure; a figure that was not measured has no source. */
export interface FigureSources {
  readonly rtt?: FigureSource;
  readonly jitter?: FigureSource;
  readonly loss?: FigureSource;
}

/** What a score says, and the figures it was made of. A figure that is absent was not measured. */
export interface QualityFacts {
  /** 0..100; undefined is unknown. */
  readonly score: number | undefined;
  readonly band: Band;
  readonly penalties: Penalties;
  readonly confidence: Confidence;
  readonly rttMs: number | undefined;
  readonly jitterMs: number | undefined;
  /** 0..1. */
  readonly lossRatio: number | undefined;
  readonly sources: FigureSources;
  readonly zombie: ZombieReason | undefined;
  /** Unplanned reconnects in the last hour. */
  readonly flaps: number;
}
