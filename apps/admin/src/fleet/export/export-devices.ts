import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@tributary/runtime';
import { isSameDevice, type KeptOrder } from '../query/kept-orders.ts';
import { rowOf } from '../device-row.ts';
import type { LineFormat } from './device-lines.ts';

/** Rows written at once: some 100 kB. */
const chunkRows = 250;

/**
 * The devices of an order as text, piece by piece: the next one is made when whoever reads has taken the last. Cells are
 * as of then; devices forgotten meanwhile are left out.
 */
export async function* exportDevices(
  order: KeptOrder,
  format: LineFormat,
  clock: Clock,
): AsyncGenerator<string, void> {
  if (format.header !== '') yield format.header;
  for (let from = 0; from < order.slots.length; from += chunkRows) {
    const [nowMs, at] = [clock.now(), clock.monotonic()];
    let text = '';
    for (const slot of order.slots.subarray(from, from + chunkRows)) {
      if (isSameDevice(order, slot)) text += format.line(rowOf(order.table, slot, nowMs, at));
    }
    if (text !== '') yield text;
    await setImmediate(); // a fast reader is not to have us for itself
  }
}
