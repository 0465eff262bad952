import { setTimeout as wait } from 'node:timers/promises';

/** Generous on purpose: it is paid only by a failing test. */
const deadlineMs = 15_000;
const everyMs = 5;

/**
 * Looks until the condition holds, 15 s at the most.
 * @param what ends the sentence "still waiting for …", asked when it is said
 */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`still waiting for ${typeof what === 'string' ? what : what()}`);
    await wait(everyMs);
  }
}
