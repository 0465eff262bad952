import type { Timeline } from '@tributary/protocol/admin-api';
import { formatSpan } from '../format.ts';

/** Bars of a histogram of lengths: shares of the longest bar; empty ones at both ends are left out. */
export function lengthBars({
  boundsMs,
  counts,
}: Timeline['sessions']): { title: string; count: number; share: number }[] {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, i) => ({ title: titleOf(boundsMs, i), count, share: count / most }));
  const first = bars.findIndex(({ count }) => count > 0);
  const last = bars.findLastIndex(({ count }) => count > 0);
  return first < 0 ? [] : bars.slice(first, last + 1);
}

/** The i-th bucket holds what lasted at most its bound; the last one everything longer. */
function titleOf(boundsMs: readonly number[], i: number): string {
  const [low, high] = [boundsMs[i - 1], boundsMs[i]];
  if (high === undefined) return `over ${formatSpan(low ?? 0)}`;
  return low === undefined ? `under ${formatSpan(high)}` : `${formatSpan(low)} – ${formatSpan(high)}`;
}
