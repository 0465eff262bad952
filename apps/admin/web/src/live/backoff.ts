export const firstRetryMs = 500;
export const lastRetryMs = 15_000;

/**
 * How long to wait before the next attempt: doubling from 0.5 s to 15 s, spread over half to all of it so that the tabs
 * of a whole team do not come back in one moment. @param random 0 ≤ random < 1.
 */
export function retryDelayMs(attempt: number, random: number): number {
  const full = Math.min(lastRetryMs, firstRetryMs * 2 ** attempt);
  return Math.round(full * (0.5 + random / 2));
}
