import type { Clock } from '@tributary/runtime';
import type { FleetIndex } from '../fleet-index.ts';
import { sparkStepMs } from '../sparks.ts';
import { pause } from './follow.ts';

/** Notes the scores of all devices at every full quarter of a minute, until aborted. */
export async function keepSparks(index: FleetIndex, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(sparkStepMs - (clock.now() % sparkStepMs), signal);
    if (!signal.aborted) index.noteScores();
  }
}
