const hourMs = 3_600_000;

/** How long a ban, a mute or a trace may be asked to last, with its words. */
export interface Duration {
  title: string;
  ms: number;
}

export const banDurations: readonly Duration[] = [
  { title: '15 minutes', ms: hourMs / 4 },
  { title: '1 hour', ms: hourMs },
  { title: '24 hours', ms: 24 * hourMs },
  { title: '7 days', ms: 7 * 24 * hourMs },
  { title: '30 days', ms: 30 * 24 * hourMs },
];

export const muteDurations: readonly Duration[] = [
  { title: '1 hour', ms: hourMs },
  { title: '8 hours', ms: 8 * hourMs },
  { title: '24 hours', ms: 24 * hourMs },
  { title: '7 days', ms: 7 * 24 * hourMs },
];

export const traceDurations: readonly Duration[] = [
  { title: '2 minutes', ms: 120_000 },
  { title: '10 minutes', ms: 600_000 },
  { title: '1 hour', ms: hourMs },
  { title: '24 hours', ms: 24 * hourMs },
];
