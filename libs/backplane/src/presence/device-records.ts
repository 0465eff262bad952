import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

export interface DeviceTouch {
  readonly clientId: string;
  readonly nonce: string;
  /** Unix ms. */
  readonly lastSeen: number;
  /** Of the current epoch, absolute. */
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Brings the device records of one partition up to date; see scripts/touch-devices.lua.
 * @returns the client ids whose claim is no longer ours
 */
export async function touchDevices(
  redis: Redis,
  keys: Keys,
  partition: number,
  node: string,
  touches: readonly DeviceTouch[],
): Promise<string[]> {
  const lost = await runScript(
    redis,
    scripts.touchDevices,
    [keys.online(partition), ...touches.map(({ clientId }) => keys.device(partition, clientId))],
    [
      node,
      ...touches.flatMap((touch) => [
        touch.clientId,
        touch.nonce,
        touch.lastSeen,
        touch.messages,
        touch.bytes,
      ]),
    ],
  );
  return lost as string[];
}
