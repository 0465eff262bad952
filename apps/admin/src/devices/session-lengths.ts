import { sessionBins, sessionBinOf, sessionBoundsMs, type TimelineLine } from '@tributary/backplane';
import type { Timeline } from '@tributary/protocol/admin-api';

/**
 * How long the connections lasted that ended within these lines. One that was taken over has no line of its own for its
 * end: it lasted from its beginning to that of the next.
 * @param lines newest first
 */
export function sessionLengths(lines: readonly TimelineLine[]): Timeline['sessions'] {
  const counts = Array.from({ length: sessionBins }, () => 0);
  let beganAt = Number.NaN;
  for (const { fields } of lines.toReversed()) {
    const at = Number(fields.get('ts') ?? Number.NaN);
    const kind = fields.get('kind');
    const lastedMs = kind === 'superseded' ? at - beganAt : endedAfter(kind, fields);
    if (lastedMs >= 0) counts[sessionBinOf(lastedMs)]! += 1;
    if (kind === 'connected' || kind === 'superseded') beganAt = at;
    if (kind === 'disconnected') beganAt = Number.NaN;
  }
  return { boundsMs: [...sessionBoundsMs], counts };
}

/** NaN for what is no end, and where nobody knows. */
function endedAfter(kind: string | undefined, fields: ReadonlyMap<string, string>): number {
  return kind === 'disconnected' ? Number(fields.get('durationMs') ?? Number.NaN) : Number.NaN;
}
