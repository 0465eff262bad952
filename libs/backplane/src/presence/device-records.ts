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
 * @returns the client ids that somebody else speaks for, and those whose claim Redis has lost
 */
export async function touchDevices(
  redis: Redis,
  keys: Keys,
  partition: number,
  node: string,
  touches: readonly DeviceTouch[],
): Promise<{ superseded: string[]; lost: string[] }> {
  const [superseded, lost] = (await runScript(
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
  )) as [string[], string[]];
  return { superseded, lost };
}

/** Adds to a device's totals what a superseded connection had sent since its record was last written. */
export async function addTotals(
  redis: Redis,
  keys: Keys,
  clientId: string,
  messages: number,
  bytes: number,
): Promise<void> {
  const device = keys.device(keys.partitionOf(clientId), clientId);
  await runScript(redis, scripts.addTotals, [device], [messages, bytes]);
}
