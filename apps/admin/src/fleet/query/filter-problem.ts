import { type FilterError, parseFilter } from '@tributary/protocol/admin-api';
import { HttpProblem } from '../../http/problem.ts';
import type { Condition } from './condition.ts';

/** A filter with words that are none; the problem document tells their places. */
export class FilterProblem extends HttpProblem {
  override readonly extension: { readonly errors: readonly FilterError[] };

  constructor(errors: readonly FilterError[]) {
    super(400, 'bad-filter', errors.map((error) => error.message).join('; '));
    this.extension = { errors };
  }
}

/** Reads a filter of a request. @throws FilterProblem when any word of it is wrong */
export function readFilter(q: string | undefined): Condition[] {
  const { terms, errors } = parseFilter(q ?? '');
  if (errors.length > 0) throw new FilterProblem(errors);
  return terms;
}
