/**
 * Who measured a figure: the kernel's TCP_INFO (the last hop only, when a proxy stands between), a WebSocket ping, or
 * the time from our QoS 1 PUBLISH to the device's PUBACK.
 */
export type FigureSource = 'tcp' | 'ws-ping' | 'puback';

/** What was measured of a link in one window; a missing figure was not measured. */
export interface LinkFigures {
  /** Smoothed round trip, in milliseconds. */
  rttMs?: number;
  /** Mean deviation of the round trip, in milliseconds. */
  jitterMs?: number;
  /** 0..1 of sent segments that had to be sent again. */
  lossRatio?: number;
  /** Unplanned reconnects in the last hour. */
  flaps: number;
  /** Protocol errors, throttlings and gaps in the last hour. */
  errors: number;
  /** Share of the window in which the socket refused bytes. */
  stalledRatio: number;
  /** Silence beyond the keep-alive, as a share of it: 0 is in time, 0.5 is where MQTT closes. */
  lateRatio: number;
  /** Observations behind `rttMs`; without a round trip, the passive ones (packets that came when they should). */
  samples: number;
  /** Declared to sleep: silence and reconnects cost nothing. */
  isSleepy: boolean;
  sources: { rtt?: FigureSource; jitter?: FigureSource; loss?: FigureSource };
}

/** Why figures cannot be true. */
export type FiguresFault =
  'not-a-number' | 'negative' | 'ratio-above-one' | 'jitter-without-rtt' | 'fraction-of-an-event';

const measured = ['rttMs', 'jitterMs', 'lossRatio'] as const;
const counted = ['flaps', 'errors', 'samples'] as const;

/**
 * What is impossible about these figures, or undefined. Counters that ran backwards, a clock that jumped and a broken
 * kernel show up here; a score of them would be a lie, so there is none.
 */
export function faultOf(figures: LinkFigures): FiguresFault | undefined {
  for (const name of measured) {
    const value = figures[name];
    if (value === undefined) continue;
    if (!Number.isFinite(value)) return 'not-a-number';
    if (value < 0) return 'negative';
  }
  for (const name of counted) {
    if (!Number.isFinite(figures[name])) return 'not-a-number';
    if (figures[name] < 0) return 'negative';
    if (!Number.isInteger(figures[name])) return 'fraction-of-an-event';
  }
  return ratioFault(figures);
}

function ratioFault({ stalledRatio, lateRatio, lossRatio, jitterMs, rttMs }: LinkFigures) {
  if (!Number.isFinite(stalledRatio) || !Number.isFinite(lateRatio)) return 'not-a-number';
  if (stalledRatio < 0 || lateRatio < 0) return 'negative';
  if (stalledRatio > 1 || (lossRatio ?? 0) > 1) return 'ratio-above-one';
  return jitterMs !== undefined && rttMs === undefined ? 'jitter-without-rtt' : undefined;
}
