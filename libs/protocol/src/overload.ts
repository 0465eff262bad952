/**
 * What a node that is short of something does, one step after the other; each does what those before it do as well.
 * Stable names: metrics, figures, logs, the audit and the dashboard use them.
 */
export const overloadSteps = [
  'normal',
  'slow-bulk',
  'shed-bulk',
  'refuse-bulk',
  'slow-standard',
  'critical-only',
] as const;
export type OverloadStep = (typeof overloadSteps)[number];

/** What a node may be short of. */
export const overloadSignals = [
  'loop-delay',
  'heap',
  'memory',
  'redis-latency',
  'redis-errors',
  'backlog',
] as const;
export type OverloadSignal = (typeof overloadSignals)[number];

/** For people: what is done at a step, what is short. */
export const overloadWords = {
  steps: {
    'normal': 'nothing is held back',
    'slow-bulk': 'bulk devices are slowed',
    'shed-bulk': 'of bulk devices only the latest QoS 0 message of a topic is taken',
    'refuse-bulk': 'no new bulk devices are let in',
    'slow-standard': 'standard devices are slowed as well',
    'critical-only': 'only critical and resuming devices are let in',
  },
  signals: {
    'loop-delay': 'its event loop is late',
    'heap': 'its heap is nearly full',
    'memory': 'memory is nearly used up',
    'redis-latency': 'Redis answers late',
    'redis-errors': 'Redis refuses messages',
    'backlog': 'too much waits for Redis',
  },
} as const satisfies { steps: Record<OverloadStep, string>; signals: Record<OverloadSignal, string> };
