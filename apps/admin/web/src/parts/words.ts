import type { Band, Cause } from '@tributary/protocol/admin-api';

/** What a cause is, for tooltips. */
export const causeSentences: Record<Cause, string> = {
  rtt: 'Long round trips between gateway and device: usually the carrier or the distance.',
  jitter: 'Round trips that vary much: a crowded or weak link.',
  loss: 'Segments that had to be sent again: a lossy link.',
  flaps: 'Unplanned reconnects within the hour: keep-alive, power or coverage.',
  errors: 'Protocol errors, throttling and gaps: the device or its configuration.',
  stalls: 'The device does not take what is sent to it, or is late with its keep-alive.',
};

/** The name of the colour of a cause. */
export const causeToken = (cause: Cause): string => `--cause-${cause}`;
/** The name of the colour of a band. */
export const bandToken = (band: Band): string => `--band-${band}`;

/** Bands as they are stacked: the worst on the base line, unknown on top. */
export const stackedBands = [
  'bad',
  'poor',
  'fair',
  'good',
  'excellent',
  'unknown',
] as const satisfies readonly Band[];

/** The scores of a band in words. */
export const bandScores: Record<Band, string> = {
  excellent: '90 to 100',
  good: '75 to 89',
  fair: '50 to 74',
  poor: '25 to 49',
  bad: '0 to 24',
  unknown: 'too little measured',
};
