import type { EventEntry } from './streams.ts';

/**
 * What is wrong with one device's presence events, oldest first; empty when they are a legal history (P4): epochs rise
 * with each claim, `superseded` names the epoch it took over, `connected` comes only over nobody, `disconnected` ends
 * exactly the epoch that is live. A `will` is of an epoch that was there, and the only one of it.
 */
export function faultsOfHistory(events: readonly EventEntry[]): string[] {
  const faults: string[] = [];
  let live: number | undefined;
  let highest = 0;
  const withWill = new Set<number>();
  for (const [index, { type, epoch, fields }] of events.entries()) {
    const fault = (what: string): number => faults.push(`#${index} ${type} of epoch ${epoch}: ${what}`);
    if (type === 'will') {
      if (epoch > highest) fault(`epoch ${highest} is the last`);
      if (withWill.has(epoch)) fault('a second one');
      withWill.add(epoch);
      continue;
    }
    if (type === 'disconnected') {
      if (live !== epoch) fault(`epoch ${live ?? 'none'} is live`);
      live = undefined;
      continue;
    }
    if (epoch <= highest) fault(`epoch ${highest} was there before`);
    if (type === 'connected' && live !== undefined) fault(`over the live epoch ${live}`);
    if (type === 'superseded' && Number(fields['previousEpoch']) !== live) {
      fault(`names epoch ${fields['previousEpoch']}, live is ${live ?? 'none'}`);
    }
    if (type !== 'connected' && type !== 'superseded') fault('no presence event');
    live = epoch;
    highest = epoch;
  }
  return faults;
}
