import { setTimeout as sleep } from 'node:timers/promises';
import { rssBytes } from './process-stats.ts';

/** Collects all garbage at SIGUSR2. */
const collector = `process.on('SIGUSR2', () => { gc(); setImmediate(gc); });`;

/** Options of Node for a process whose memory `collectedBytes` asks for. */
export const collectable = ['--expose-gc', `--import=data:text/javascript,${encodeURIComponent(collector)}`];

/** Long enough for a heap of some hundred megabytes, ms. */
const collectMs = 2000;

/**
 * Resident memory of a process when its garbage is gone: without that it is what the process was once, as V8 collects an old
 * heap only when it needs room.
 */
export async function collectedBytes(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  await sleep(collectMs);
  return rssBytes(pid);
}
