import { type Cause, causes, type Penalties } from './vocabulary.ts';

/**
 * Whole points from fractions of points. Each is rounded by itself, so more of one cause never makes another look
 * smaller; only when they come to more than 100 together are they scaled to 100 and shared out by largest remainder.
 */
export function wholePoints(raw: Penalties): Penalties {
  const rounded = mapCauses((cause) => Math.round(raw[cause]));
  return sumOf(rounded) <= 100 ? rounded : sharedOut(raw);
}

function sharedOut(raw: Penalties): Penalties {
  const factor = 100 / sumOf(raw);
  const whole = mapCauses((cause) => Math.floor(raw[cause] * factor));
  const remainder = (cause: Cause): number => raw[cause] * factor - whole[cause];
  const byRemainder = [...causes].sort((one, other) => remainder(other) - remainder(one));
  const left = 100 - sumOf(whole);
  for (const cause of byRemainder.slice(0, left)) whole[cause] += 1;
  return whole;
}

const sumOf = (points: Penalties): number => causes.reduce((sum, cause) => sum + points[cause], 0);

const mapCauses = (pointsOf: (cause: Cause) => number): Record<Cause, number> => ({
  rtt: pointsOf('rtt'),
  jitter: pointsOf('jitter'),
  loss: pointsOf('loss'),
  flaps: pointsOf('flaps'),
  errors: pointsOf('errors'),
  stalls: pointsOf('stalls'),
});
