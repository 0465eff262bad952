import { addressWords } from './address.ts';
import type { DeviceTable } from './device-table.ts';

/** For each device, how many connected ones come from its address; NaN where there is none. One pass over all, now. */
export function behindAddresses(table: DeviceTable): (slot: number) => number {
  const { columns: c } = table;
  const counts = new Map<number | string, number>();
  for (let slot = 0; slot < table.slotsEnd; slot++) {
    if (c.online[slot] === 0 || c.ipFamily[slot] === 0) continue;
    const key = keyOf(table, slot);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (slot) => (c.ipFamily[slot] === 0 ? Number.NaN : (counts.get(keyOf(table, slot)) ?? 0));
}

/** IPv4 as a number, because most are. */
function keyOf({ columns: { ip, ipFamily } }: DeviceTable, slot: number): number | string {
  const at = slot * addressWords;
  if (ipFamily[slot] === 4) return ip[at + addressWords - 1]!;
  return ip.subarray(at, at + addressWords).join();
}
