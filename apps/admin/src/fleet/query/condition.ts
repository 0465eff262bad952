import type { FilterTerm } from '@tributary/protocol/admin-api';

/** What a filter asks, without where it was written. */
export type Condition = Pick<FilterTerm, 'key' | 'op' | 'values' | 'isNegated'>;

/** Time at which a filter is asked: Unix ms, and this process' monotonic clock. */
export interface Moment {
  readonly nowMs: number;
  readonly at: number;
}
