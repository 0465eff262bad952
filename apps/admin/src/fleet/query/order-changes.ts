import { isSameDevice, type KeptOrder } from './kept-orders.ts';

/** What sorting a list anew would do to it. */
export interface OrderChanges {
  /** Rows that would stand elsewhere: the fewest that must be moved to get from one order to the other, or be taken away. */
  moved: number;
  /** Rows that would be new in it. */
  added: number;
}

/** @param now the slots of the same filter and order, as of now */
export function orderChanges(order: KeptOrder, now: Uint32Array): OrderChanges {
  const placeOf = new Int32Array(order.table.slotsEnd).fill(-1);
  let kept = 0;
  for (const [place, slot] of order.slots.entries()) {
    if (!isSameDevice(order, slot)) continue;
    placeOf[slot] = place;
    kept++;
  }
  const places: number[] = [];
  for (const slot of now) if (placeOf[slot]! >= 0) places.push(placeOf[slot]!);
  return { moved: kept - longestRising(places), added: now.length - places.length };
}

/** Length of the longest rising subsequence, which may stay where it is (Fredman 1975, patience sorting). */
function longestRising(values: readonly number[]): number {
  const tails = new Int32Array(values.length);
  let length = 0;
  for (const value of values) {
    // Mostly sorted lists rise at nearly every step.
    if (length === 0 || value > tails[length - 1]!) {
      tails[length++] = value;
      continue;
    }
    let low = 0;
    let high = length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (tails[middle]! < value) low = middle + 1;
      else high = middle;
    }
    tails[low] = value;
  }
  return length;
}
