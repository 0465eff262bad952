import { historySchema } from '@tributary/protocol/admin-api';
import { useApi } from '../api/query.ts';
import { rangeQuery, type TimeRange } from '../range/range.ts';

const leastMs = 5000;
const mostMs = 60_000;
const columns = 240;

/** How often a history is worth asking for: when a new column is due. A stretch of the past never changes. */
export const refreshMs = (range: TimeRange): number | undefined =>
  range.kind === 'fixed' ? undefined : Math.min(mostMs, Math.max(leastMs, range.rangeMs / columns));

/** The fleet over time, or one node, at most 240 columns. */
export function useFleetHistory(range: TimeRange, node?: string) {
  const base = node === undefined ? '/fleet/history' : `/nodes/${encodeURIComponent(node)}/history`;
  const everyMs = refreshMs(range);
  return useApi(`${base}?${rangeQuery(range)}`, historySchema, {
    keepsPrevious: true,
    ...(everyMs !== undefined && { everyMs }),
  });
}
