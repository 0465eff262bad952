import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds until it gives up; default 15,000. Generous on purpose: it is paid only by a failing test. */
  deadlineMs?: number;
  /** Milliseconds between looks; default 10. */
  everyMs?: number;
}

/**
 * Looks at a condition until it holds and returns its value.
 *
 * @param what ends the sentence "still waiting for …" of the failure.
 * @throws Error when the deadline passes; its cause is the last thing the condition threw.
 */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | Promise<T>,
  { deadlineMs = 15_000, everyMs = 10 }: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<T, undefined | null | false>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const subject = typeof what === 'string' ? what : what();
      throw new Error(`still waiting after ${deadlineMs} ms for ${subject}`, { cause });
    }
    await wait(everyMs);
  }
}

/**
 * Within which happens what is promised for two seconds, ms: a machine that tests may be busy, and what is found out only by
 * looking again takes half a minute or for ever.
 */
export const promptMs = 8000;

/**
 * Watches a condition that must hold for a whole stretch of time, which is the subject of the test and no waiting.
 *
 * @throws whatever the condition throws, at once.
 */
export async function holds(
  forMs: number,
  condition: () => void | Promise<void>,
  everyMs = 100,
): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await condition();
    await wait(everyMs);
  }
  await condition();
}
