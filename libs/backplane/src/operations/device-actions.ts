import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { defaultHistoryLength } from '../presence/device-keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** Something an operator did to a device. */
export interface DeviceAction {
  readonly device: string;
  /** Of the connection it was about; 0 when it was about none. */
  readonly epoch: number;
  /** The node that did it; empty when no node had to. */
  readonly node: string;
  /** `disconnect`, `ban`, `unban`, `trace`. */
  readonly action: string;
  readonly by: string;
  readonly reason: string;
  readonly outcome: string;
  /** Unix ms. */
  readonly ts: number;
}

/**
 * Writes an action into the timeline of its device, as a line of `kind` `action`.
 * @returns false when nobody knows the device
 */
export async function noteAction(redis: Redis, keys: Keys, action: DeviceAction): Promise<boolean> {
  const { device, ...facts } = action;
  const partition = keys.partitionOf(device);
  const reply = await runScript(
    redis,
    scripts.noteAction,
    [keys.device(partition, device), keys.history(partition, device)],
    [defaultHistoryLength, 'kind', 'action', ...Object.entries(facts).flat()],
  );
  return reply === 1;
}
