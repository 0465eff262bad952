import type { Fleet } from '../fleet/fleet.ts';
import { matchDevices } from '../fleet/match-devices.ts';
import { readFilter } from '../fleet/query/filter-problem.ts';
import type { Candidate } from './frozen-sets.ts';

/**
 * The devices of a filter that are connected now, as far as anybody knows: those whose node is silent are among them.
 * @throws FilterProblem naming the words that are wrong
 */
export function candidates(q: string, { index, clock }: Fleet): Candidate[] {
  const now = clock.now();
  const at = clock.monotonic();
  const { columns, names } = index;
  const found: Candidate[] = [];
  for (const slot of matchDevices(index, readFilter(q), now, at)) {
    if (index.stateAt(slot, now) === 'offline') continue;
    const id = columns.id[slot]!;
    found.push({ id, class: names.name(columns.class[slot]!), node: names.name(columns.node[slot]!) });
  }
  return found;
}
