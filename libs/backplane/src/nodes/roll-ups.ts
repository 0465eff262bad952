import type { Redis } from 'ioredis';
import type { Keys, RollUpStep } from '../keys.ts';
import { encodeQualityBins, type QualityBins } from './quality-bins.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long a slot of each step is, and how long it is kept. */
export const rollUpSteps = {
  '15s': { stepMs: 15_000, keptMs: 6 * hourMs },
  '1m': { stepMs: minuteMs, keptMs: 48 * hourMs },
  '10m': { stepMs: 10 * minuteMs, keptMs: 30 * 24 * hourMs },
} as const satisfies Record<RollUpStep, { stepMs: number; keptMs: number }>;

/** A node over one slot: averages of what is so at any time, and what was counted within. */
export interface RollUpFigures {
  connections: number;
  messagesIn: number;
  stored: number;
  bytesIn: number;
  connects: number;
  disconnects: number;
  loopDelayMs: number;
  rssBytes: number;
  redisLatencyMs: number;
}

/** What one node was like over one slot. */
export interface RollUp {
  readonly step: RollUpStep;
  /** Begin of the slot, Unix ms, a multiple of the step. */
  readonly ts: number;
  readonly bins: QualityBins;
  readonly figures: RollUpFigures;
}

/**
 * Writes slots that ended, each into the stream of its step; what is older than is kept goes. Redis says what time it is:
 * a node whose clock is ahead would else drop the history of all.
 */
export async function writeRollUps(
  redis: Redis,
  keys: Keys,
  node: string,
  rollUps: readonly RollUp[],
): Promise<void> {
  const [seconds] = await redis.time();
  const now = Number(seconds) * 1000;
  const pipeline = redis.pipeline();
  for (const { step, ts, bins, figures } of rollUps) {
    const oldest = Math.max(0, now - rollUpSteps[step].keptMs);
    pipeline.xadd(
      ...([keys.rollUps(step), 'MINID', '~', oldest, '*'] as const),
      ...['ts', ts, 'node', node, 'q', encodeQualityBins(bins), 'f', encodeFigures(figures)],
    );
  }
  const replies = (await pipeline.exec()) ?? [];
  const failed = replies.find(([error]) => error !== null)?.[0];
  if (failed) throw failed;
}

const encodeFigures = (figures: RollUpFigures): string =>
  JSON.stringify(figures, (_key, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  );
