import type { Clock } from '@tributary/runtime';
import type { FleetIndex } from '../fleet-index.ts';
import { sparkStepMs } from '../sparks.ts';
import { pause } from './follow.ts';

/** Notes the scores of all devices at every full quarter of a minute, until aborted. */
export async function keepSparks(
  index: Pick<FleetIndex, 'noteScores'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const stepNow = (): number => Math.floor(clock.now() / sparkStepMs);
  let noted = stepNow();
  while (!signal.aborted) {
    await pause(sparkStepMs - (clock.now() % sparkStepMs), signal);
    // Timers may come a millisecond early: that quarter has been noted already.
    if (signal.aborted || stepNow() === noted) continue;
    noted = stepNow();
    index.noteScores();
  }
}
