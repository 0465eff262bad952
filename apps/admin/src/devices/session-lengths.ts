import { sessionBins, sessionBinOf, sessionBoundsMs, type TimelineLine } from '@tributary/backplane';
import type { Timeline } from '@tributary/protocol/admin-api';

/** How long the connections lasted that ended within these lines. */
export function sessionLengths(lines: readonly TimelineLine[]): Timeline['sessions'] {
  const counts = Array.from({ length: sessionBins }, () => 0);
  for (const { fields } of lines) {
    const durationMs = Number(fields.get('durationMs') ?? Number.NaN);
    if (fields.get('kind') !== 'disconnected' || !(durationMs >= 0)) continue;
    counts[sessionBinOf(durationMs)]! += 1;
  }
  return { boundsMs: [...sessionBoundsMs], counts };
}
