/** Grows whenever the same figures would give another score; stored with every score, so history can be read. */
export const qualityVersion = 1;

/** One measuring window: figures are taken and scored once in each, in milliseconds. */
export const qualityWindowMs = 5_000;

/** 90–100, 75–89, 50–74, 25–49, 0–24, and no score at all. */
export const bands = ['excellent', 'good', 'fair', 'poor', 'bad', 'unknown'] as const;
export type Band = (typeof bands)[number];

/** What can cost points, in the order of every list and stored array. */
export const causes = ['rtt', 'jitter', 'loss', 'flaps', 'errors', 'stalls'] as const;
export type Cause = (typeof causes)[number];

/** A cause in a word or two, for people. */
export const causeWords: Readonly<Record<Cause, string>> = {
  rtt: 'round trip',
  jitter: 'jitter',
  loss: 'loss',
  flaps: 'reconnects',
  errors: 'errors',
  stalls: 'stalls',
};

/** What the operator promised a device; each has its own requirement. */
export const serviceClasses = ['critical', 'standard', 'bulk'] as const;
export type ServiceClass = (typeof serviceClasses)[number];

/** How much the measurement behind a score says. `none` goes with an unknown score, and only with it. */
export const confidences = ['none', 'low', 'medium', 'high'] as const;
export type Confidence = (typeof confidences)[number];

/** Whole points each cause took. */
export type Penalties = Readonly<Record<Cause, number>>;
