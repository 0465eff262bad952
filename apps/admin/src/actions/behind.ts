import { addressOfEndpoint, type BanDryRun, type BanTarget, isBanMeant } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';

const sampleSize = 10;
/** Devices looked at in one turn of the loop. */
const batch = 10_000;

/** Which connected devices a ban is about, now and as far as the index knows: it does not know their users. */
export async function devicesBehind(target: BanTarget, fleet: Fleet): Promise<BanDryRun> {
  const id = idOf(target);
  if (id === undefined && !isOfAddresses(target)) return { connected: null, sample: [] };
  const { index, clock } = fleet;
  const { used, id: ids, address: addresses } = index.columns;
  const sample: string[] = [];
  let connected = 0;
  const look = (slot: number): void => {
    if (used[slot] !== 1 || index.stateAt(slot, clock.now()) === 'offline') return;
    const clientId = ids[slot]!;
    const address = target.kind === 'id' ? undefined : addressOfEndpoint(addresses[slot]!);
    if (!isBanMeant(target, { clientId, user: undefined, address })) return;
    connected++;
    if (sample.length < sampleSize) sample.push(clientId);
  };
  if (id !== undefined) {
    const slot = index.slotOf(id);
    if (slot !== undefined) look(slot);
    return { connected, sample };
  }
  for (let from = 0; from < index.slotsEnd; from += batch) {
    for (let slot = from; slot < Math.min(from + batch, index.slotsEnd); slot++) look(slot);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { connected, sample };
}

/** The one client id it is about, if so. */
function idOf(target: BanTarget): string | undefined {
  const who = target.kind === 'at' ? target.who : target;
  return who.kind === 'id' ? who.id : undefined;
}

const isOfAddresses = ({ kind }: BanTarget): boolean => kind === 'ip' || kind === 'prefix';
