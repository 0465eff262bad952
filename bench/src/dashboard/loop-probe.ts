// Loaded into the measured process before its own program (node --import): answers over its IPC channel how late its
// event loop was and how much memory it holds, and begins anew.
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface ProbeAnswer {
  /** How much later than due a timer of 5 ms came, ms. */
  loopP50Ms: number;
  loopP99Ms: number;
  loopMaxMs: number;
  /** Used heap and array buffers after a collection. */
  heapBytes: number;
}

const resolutionMs = 5;
const settleMs = 100;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();

const late = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);

process.on('message', () => {
  const loop = {
    loopP50Ms: late(delay.percentile(50)),
    loopP99Ms: late(delay.percentile(99)),
    loopMaxMs: late(delay.max),
  };
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const answer: ProbeAnswer = { ...loop, heapBytes: heapUsed + arrayBuffers };
  process.send?.(answer);
  setTimeout(() => delay.reset(), settleMs); // the collection itself does not count
});
process.channel?.unref();
