import { type Cause, causes, type Penalties } from './vocabulary.ts';

/**
 * Whole points from fractions of points. Each is rounded by itself, so more of one cause never makes another look
 * smaller; only when they come to more than 100 together are they scaled to 100 and shared out by largest remainder.
 */
export function wholePoints(raw: Penalties): Penalties {
  const rounded = eachOf(raw, Math.round);
  return sumOf(rounded) <= 100 ? rounded : sharedOut(raw);
}

/** All points together. */
export const sumOf = ({ rtt, jitter, loss, flaps, errors, stalls }: Penalties): number =>
  rtt + jitter + loss + flaps + errors + stalls;

function sharedOut(raw: Penalties): Penalties {
  const factor = 100 / sumOf(raw);
  const whole = eachOf(raw, (points) => Math.floor(points * factor));
  const remainder = (cause: Cause): number => raw[cause] * factor - whole[cause];
  const byRemainder = [...causes].sort((one, other) => remainder(other) - remainder(one));
  const left = 100 - sumOf(whole);
  for (const cause of byRemainder.slice(0, left)) whole[cause] += 1;
  return whole;
}

/** Spelled out: this runs for every connection in every window. */
const eachOf = (points: Penalties, change: (points: number) => number): Record<Cause, number> => ({
  rtt: change(points.rtt),
  jitter: change(points.jitter),
  loss: change(points.loss),
  flaps: change(points.flaps),
  errors: change(points.errors),
  stalls: change(points.stalls),
});
