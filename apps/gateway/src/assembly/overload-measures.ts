import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Measures } from '../admission/overload/signals.ts';
import type { Counters } from '../counters.ts';
import type { Uplink } from '../uplink/uplink.ts';

/** Turns of the loop that are shorter are not seen by themselves. */
const resolutionMs = 5;

export interface MeasuredParts {
  readonly counters: Counters;
  readonly uplink: Pick<Uplink, 'isUp' | 'queuedBytes' | 'queuedCount'>;
  readonly highMarkBytes: number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
}

/** What this process is short of: each figure is of the time since it was last asked for. */
export class OverloadMeasures {
  readonly #parts: MeasuredParts;
  readonly #loop = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #memoryBytes = memoryBytes();
  #usedBefore = performance.eventLoopUtilization();
  #turnsBefore = performance.nodeTiming.uvMetricsInfo.loopCount;
  #errorsBefore = 0;
  #answeredBefore = 0;
  #secondsBefore = 0;
  #latencyMs = 0;
  #answeredAtMs: number;

  constructor(parts: MeasuredParts) {
    this.#parts = parts;
    this.#answeredAtMs = parts.monotonic();
  }

  start(): void {
    this.#loop.enable();
  }

  stop(): void {
    this.#loop.disable();
  }

  take(): Measures {
    const { uplink, highMarkBytes } = this.#parts;
    const heap = getHeapStatistics();
    return {
      loopDelayMs: this.#takeLoopDelayMs(),
      heapShare: heap.used_heap_size / heap.heap_size_limit,
      memoryShare: process.memoryUsage.rss() / this.#memoryBytes,
      redisLatencyMs: this.#takeLatencyMs(),
      redisErrors: this.#takeErrors(),
      backlogShare: uplink.queuedBytes / highMarkBytes,
    };
  }

  /**
   * How long a message waits for the loop that comes at any moment: half the square of each turn over the sum of all, as most
   * messages come in the longest turns; the plain mean hides a turn of 100 ms among fifty short ones. And a quarter of the
   * longest turn at the least: who comes once a second meets it now and then, which is what its 99th percentile shows.
   * Turns that are all of a few ms are shorter than the resolution: of them the mean says enough.
   */
  #takeLoopDelayMs(): number {
    const { mean, stddev, max } = this.#loop;
    this.#loop.reset();
    const meanWaitMs = this.#takeMeanWaitMs();
    if (!(mean > 0)) return meanWaitMs;
    const waitMs = (mean * mean + stddev * stddev) / (2 * mean) / 1e6 - resolutionMs / 2;
    const longestMs = max / 1e6 - resolutionMs;
    return Math.max(meanWaitMs, waitMs, longestMs / 4);
  }

  /** Half a turn, for the share of the time in which there is one. */
  #takeMeanWaitMs(): number {
    const used = performance.eventLoopUtilization();
    const { active, utilization } = performance.eventLoopUtilization(used, this.#usedBefore);
    const turns = performance.nodeTiming.uvMetricsInfo.loopCount - this.#turnsBefore;
    this.#usedBefore = used;
    this.#turnsBefore += turns;
    return turns > 0 ? (utilization * active) / turns / 2 : 0;
  }

  /** While nothing is answered: how long that has been so. An outage is not overload: nobody is to pay for it when it is over. */
  #takeLatencyMs(): number {
    const { counters, uplink, monotonic } = this.#parts;
    const nowMs = monotonic();
    const answered = counters.latency.reduce((sum, count) => sum + count, 0);
    const count = answered - this.#answeredBefore;
    const seconds = counters.latencySeconds - this.#secondsBefore;
    this.#answeredBefore = answered;
    this.#secondsBefore = counters.latencySeconds;
    if (count > 0 || uplink.queuedCount === 0 || !uplink.isUp) {
      this.#answeredAtMs = nowMs;
      this.#latencyMs = count > 0 ? (seconds / count) * 1000 : 0;
    }
    return Math.max(this.#latencyMs, nowMs - this.#answeredAtMs);
  }

  #takeErrors(): number {
    const errors = this.#parts.counters.storeErrors - this.#errorsBefore;
    this.#errorsBefore = this.#parts.counters.storeErrors;
    return errors;
  }
}

/** What this process may have: of its container where there is one, else of the machine. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
