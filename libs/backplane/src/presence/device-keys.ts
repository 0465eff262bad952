import type { Keys } from '../keys.ts';

/** How many events a partition's stream keeps, about. */
export const eventsMaxLength = 100_000;

/** How many entries an uplink stream keeps, about, where the caller does not say. */
export const defaultUplinkMaxLength = 1_000_000;

/** How many lines the timeline of a device keeps, about, where the caller does not say. */
export const defaultHistoryLength = 64;

/** The KEYS of scripts about several devices of a partition: its own two, then record and timeline of each. */
export function recordKeys(
  keys: Keys,
  partition: number,
  devices: readonly { clientId: string }[],
): string[] {
  return [
    keys.online(partition),
    keys.events(partition),
    ...devices.flatMap(({ clientId }) => [
      keys.device(partition, clientId),
      keys.history(partition, clientId),
    ]),
  ];
}

/** The KEYS that the scripts behind scripts/endings.lua begin with. */
export function deviceKeys(keys: Keys, partition: number, clientId: string): string[] {
  return [
    keys.online(partition),
    keys.events(partition),
    keys.session(partition, clientId),
    keys.queue(partition, clientId),
    keys.device(partition, clientId),
    keys.timers(partition),
    keys.uplink(partition),
    keys.routed(partition, clientId),
    keys.routes(partition),
    keys.routesLog(partition),
    keys.history(partition, clientId),
  ];
}
