import { setTimeout as wait } from 'node:timers/promises';

/**
 * Looks until the condition holds, 15 s at the most.
 * @param what ends the sentence "still waiting for …"
 */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still waiting for ${what}`);
    await wait(5);
  }
}
