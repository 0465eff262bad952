import { zombieReasons } from '@tributary/backplane';
import { causes, type Problems } from '@tributary/protocol/admin-api';
import { flapsAt } from '../fleet/device-state.ts';
import type { FleetIndex } from '../fleet/fleet-index.ts';
import { thresholds } from './thresholds.ts';
import { TopList } from './top-list.ts';

/** Devices of the index that need a look. */
export type TroubledDevices = Pick<Problems, 'flapping' | 'slow' | 'zombies'> & {
  connected: number;
  /** Devices that flap as often as the alarm asks. */
  flappingCount: number;
};

const maxRows = 50;
/** Fewer reconnects an hour are told of on the device's page alone. */
const leastFlaps = 3;
/** As many messages waiting for a connected device are more than a burst. */
const leastBacklog = 100;
const stallsAt = causes.indexOf('stalls');

/** Walks the index: about a millisecond for 100,000 devices. @param nowMs Unix ms */
export function troubledDevices(index: FleetIndex, nowMs: number): TroubledDevices {
  const { columns: c, names } = index;
  const flapping = new TopList<Problems['flapping'][number]>(maxRows);
  const slow = new TopList<Problems['slow'][number]>(maxRows);
  const zombies = new TopList<Problems['zombies'][number]>(maxRows);
  let connected = 0;
  let flappingCount = 0;
  for (let slot = 0; slot < index.slotsEnd; slot++) {
    if (c.used[slot] !== 1) continue;
    const flaps = flapsAt(index, slot, nowMs);
    if (flaps >= thresholds.flapping.flapsPerHour) flappingCount++;
    const id = c.id[slot]!;
    if (flaps >= leastFlaps)
      flapping.offer(flaps, () => ({ id, flaps, reason: names.name(c.reason[slot]!) }));
    if (!index.isLive(slot)) continue;
    connected++;
    const stalls = c.penalties[slot * causes.length + stallsAt]!;
    const backlog = c.backlog[slot]!;
    if (stalls > 0 || backlog >= leastBacklog)
      slow.offer(stalls * 1e6 + backlog, () => ({ id, stalls, backlog }));
    const zombie = c.zombie[slot]!;
    if (zombie === 0) continue;
    const since = c.lastSeen[slot]!;
    zombies.offer(-since, () => ({ id, why: zombieReasons[zombie - 1] ?? '', since }));
  }
  return { connected, flappingCount, flapping: flapping.rows(), slow: slow.rows(), zombies: zombies.rows() };
}
