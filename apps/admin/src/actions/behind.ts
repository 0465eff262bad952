import { addressOfEndpoint, isMeant, type Target } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';

const sampleSize = 10;
/** Devices looked at in one turn of the loop. */
const batch = 10_000;

/** Which connected devices a target is about, now and as far as the index knows. */
export async function devicesBehind(
  target: Target,
  fleet: Fleet,
): Promise<{ connected: number; sample: string[] }> {
  const { index, clock } = fleet;
  const { used, id: ids, address: addresses } = index.columns;
  const sample: string[] = [];
  let connected = 0;
  const look = (slot: number): void => {
    if (used[slot] !== 1 || index.stateAt(slot, clock.now()) === 'offline') return;
    const id = ids[slot]!;
    const address = target.kind === 'id' ? undefined : addressOfEndpoint(addresses[slot]!);
    if (!isMeant(target, id, address)) return;
    connected++;
    if (sample.length < sampleSize) sample.push(id);
  };
  if (target.kind === 'id') {
    const slot = index.slotOf(target.id);
    if (slot !== undefined) look(slot);
    return { connected, sample };
  }
  for (let from = 0; from < index.slotsEnd; from += batch) {
    for (let slot = from; slot < Math.min(from + batch, index.slotsEnd); slot++) look(slot);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { connected, sample };
}
