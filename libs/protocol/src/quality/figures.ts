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

/**
 * What is impossible about these figures, or undefined. Counters that ran backwards, a clock that jumped and a broken
 * kernel show up here; a score of them would be a lie, so there is none.
 */
export function faultOf(figures: LinkFigures): FiguresFault | undefined {
  const { rttMs, jitterMs, lossRatio = 0, stalledRatio, lateRatio } = figures;
  if (jitterMs !== undefined && rttMs === undefined) return 'jitter-without-rtt';
  return (
    amountFault(rttMs ?? 0) ??
    amountFault(jitterMs ?? 0) ??
    amountFault(lateRatio) ??
    shareFault(lossRatio) ??
    shareFault(stalledRatio) ??
    countFault(figures.flaps) ??
    countFault(figures.errors) ??
    countFault(figures.samples)
  );
}

function amountFault(amount: number): FiguresFault | undefined {
  if (!Number.isFinite(amount)) return 'not-a-number';
  return amount < 0 ? 'negative' : undefined;
}

const shareFault = (share: number): FiguresFault | undefined =>
  share > 1 ? 'ratio-above-one' : amountFault(share);

const countFault = (count: number): FiguresFault | undefined =>
  amountFault(count) ?? (Number.isInteger(count) ? undefined : 'fraction-of-an-event');
