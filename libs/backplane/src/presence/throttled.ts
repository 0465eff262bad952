import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';
import { defaultHistoryLength, eventsMaxLength } from './device-keys.ts';

/** What a limit did to a device since that was last told, as its timeline and the event `throttled` have it. */
export interface ThrottledFacts {
  readonly device: string;
  /** Of the connection it was about; 0 when it was about none. */
  readonly epoch: number;
  readonly node: string;
  /** Unix ms. */
  readonly ts: number;
  /** Whose limit it is: `device`, `user`, `class`, … */
  readonly scope: string;
  /** What there was too much of: `message-rate`, … */
  readonly reason: string;
  /** Path of the limit in the configuration. */
  readonly rule: string;
  /** The limit as it was written; '' where there is nothing to say. */
  readonly limit: string;
  /** The worst that was done, or would have been: `pause`, `refuse`, `close`. */
  readonly action: string;
  /** The limit only watches. */
  readonly isObserved: boolean;
  /** How often it struck, and how often of those it refused. */
  readonly count: number;
  readonly refused: number;
  /** How long reading, or sending, was stopped in all, ms. */
  readonly pausedMs: number;
  /** The longest pause that one message would have taken, ms. */
  readonly waitMs: number;
  /** What the device sent in a second, of the limit's unit, where a limit that only watches let it. */
  readonly sent: number | undefined;
}

/** Writes it into the timeline of its device and as an event. @returns false when nobody knows the device */
export async function noteThrottled(
  redis: Redis,
  keys: Keys,
  { device, isObserved, sent, ...facts }: ThrottledFacts,
  historyLength = defaultHistoryLength,
): Promise<boolean> {
  const partition = keys.partitionOf(device);
  const fields = {
    ...facts,
    ...(isObserved ? { observed: 1 } : {}),
    ...(sent === undefined ? {} : { sent: Number(sent.toPrecision(4)) }),
  };
  const reply = await runScript(
    redis,
    scripts.noteThrottled,
    [keys.device(partition, device), keys.history(partition, device), keys.events(partition)],
    [historyLength, eventsMaxLength, device, ...Object.entries(fields).flat()],
  );
  return reply === 1;
}
