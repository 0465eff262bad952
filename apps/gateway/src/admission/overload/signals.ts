import type { OverloadSignal } from '@tributary/protocol';

/** What was measured since the last look. */
export interface Measures {
  /** How long a message waits for the event loop, on average. */
  readonly loopDelayMs: number;
  /** Used share of what the heap may grow to, 0 to 1. */
  readonly heapShare: number;
  /** Share of the memory this process may have that it has, 0 to 1. */
  readonly memoryShare: number;
  /** Mean time from a message to the reply of Redis. */
  readonly redisLatencyMs: number;
  /** Messages Redis refused. */
  readonly redisErrors: number;
  /** Share of the high mark that waits for Redis. */
  readonly backlogShare: number;
}

/** From where on each of them is too much. */
export interface SignalLimits {
  readonly loopDelayMs: number;
  readonly heapShare: number;
  readonly memoryShare: number;
  readonly redisLatencyMs: number;
  readonly backlogShare: number;
}

/** How near the worst signal is to its limit: 1 is at it. */
export interface Pressure {
  readonly value: number;
  readonly signal: OverloadSignal;
}

/** Each signal as a share of its limit. */
export function pressures(measures: Measures, limits: SignalLimits): Record<OverloadSignal, number> {
  return {
    'loop-delay': measures.loopDelayMs / limits.loopDelayMs,
    'heap': measures.heapShare / limits.heapShare,
    'memory': measures.memoryShare / limits.memoryShare,
    'redis-latency': measures.redisLatencyMs / limits.redisLatencyMs,
    // Redis out of memory says no to single messages: one is enough.
    'redis-errors': measures.redisErrors > 0 ? 1 : 0,
    'backlog': measures.backlogShare / limits.backlogShare,
  };
}

/** The signal nearest to its limit. */
export function worstOf(shares: Readonly<Record<OverloadSignal, number>>): Pressure {
  let worst: Pressure = { value: 0, signal: 'loop-delay' };
  for (const [signal, value] of Object.entries(shares) as [OverloadSignal, number][])
    if (value > worst.value) worst = { value, signal };
  return worst;
}
