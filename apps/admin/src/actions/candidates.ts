import type { FilterTerm } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Candidate } from './frozen-sets.ts';

/** The devices of a filter that are connected now, as far as anybody knows: those whose node is silent are among them. */
export function candidates(terms: readonly FilterTerm[], { index, clock }: Fleet): Candidate[] {
  const now = clock.now();
  const found: Candidate[] = [];
  for (let slot = 0; slot < index.slotsEnd; slot++) {
    if (index.columns.used[slot] !== 1 || index.stateAt(slot, now) === 'offline') continue;
    const { id, class: serviceClass, node } = index.row(slot, now, clock.monotonic());
    if (terms.every((term) => isMet(term, id))) found.push({ id, class: serviceClass, node });
  }
  return found;
}

function isMet({ key, values, isNegated }: FilterTerm, id: string): boolean {
  if (key !== 'text') throw new HttpProblem(400, 'bad-filter', `${key} cannot be used here yet`);
  return values.some((value) => id.includes(value)) !== isNegated;
}
