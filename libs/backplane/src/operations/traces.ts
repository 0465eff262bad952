import type { Redis } from 'ioredis';
import { formatTarget, parseTarget } from '@tributary/protocol';
import type { Keys } from '../keys.ts';
import { runScript, scripts } from '../scripts.ts';

/** The most traces that run at a time, in the whole fleet. */
export const maxRunningTraces = 10;
/** How long a trace can be read after it has ended, ms. */
export const keptAfterEndMs = 24 * 3600_000;
/** The most traces that are remembered, running ones included. */
const maxKeptTraces = 100;

const idPattern = /^[a-z0-9-]{1,64}$/;

/** A look at what some devices say and are told. */
export interface TraceOrder {
  /** `[a-z0-9-]{1,64}`; names its stream. */
  readonly id: string;
  /** `id:CLIENTID`, `ip:ADDRESS` or `prefix:CIDR`. */
  readonly target: string;
  /** Whether payloads are part of it. */
  readonly payload: boolean;
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
  /** Unix ms: it ends by itself. */
  readonly until: number;
  /** Unix ms: somebody ended it. */
  readonly stoppedAt?: number;
}

/** Whether it runs at `now` (Unix ms). */
export const isTraceRunning = (trace: TraceOrder, now: number): boolean =>
  trace.stoppedAt === undefined && trace.until > now;

/** When it ended or will end, Unix ms. */
export const traceEnd = (trace: TraceOrder): number => Math.min(trace.stoppedAt ?? trace.until, trace.until);

/** @returns `too-many` when `maxRunningTraces` run already */
export async function startTrace(
  redis: Redis,
  keys: Keys,
  { id, ...rest }: TraceOrder,
  now: number,
): Promise<'started' | 'too-many'> {
  const values = [id, JSON.stringify(rest), now, maxRunningTraces];
  return (await runScript(redis, scripts.startTrace, [keys.traces], values)) === 1 ? 'started' : 'too-many';
}

/** Ends a trace; what it saw stays to be read. @returns the trace as it is now; undefined when there is none */
export async function stopTrace(
  redis: Redis,
  keys: Keys,
  id: string,
  now: number,
): Promise<TraceOrder | undefined> {
  const json = await redis.hget(keys.traces, id);
  const trace = json === null ? undefined : parseTrace(id, json);
  if (trace === undefined || !isTraceRunning(trace, now)) return trace;
  const { id: _, ...rest } = { ...trace, stoppedAt: now };
  await redis.hset(keys.traces, id, JSON.stringify(rest));
  return { id, ...rest };
}

/**
 * All traces, newest first. Those that ended a day ago, those above `maxKeptTraces` that have ended, and what is no trace
 * are forgotten on the way.
 */
export async function listTraces(redis: Redis, keys: Keys, now: number): Promise<TraceOrder[]> {
  const all = Object.entries(await redis.hgetall(keys.traces));
  const read = all.map(([id, json]) => ({ id, json, trace: parseTrace(id, json) }));
  const known = read.filter((one) => one.trace !== undefined && traceEnd(one.trace) > now - keptAfterEndMs);
  known.sort((a, b) => b.trace!.at - a.trace!.at);
  const kept = known.filter(({ trace }, i) => i < maxKeptTraces || isTraceRunning(trace!, now));
  const gone = read.filter((one) => !kept.includes(one));
  if (gone.length > 0) await forget(redis, keys, gone);
  return kept.map(({ trace }) => trace!);
}

async function forget(
  redis: Redis,
  keys: Keys,
  gone: readonly { id: string; json: string }[],
): Promise<void> {
  await runScript(
    redis,
    scripts.dropSame,
    [keys.traces],
    gone.flatMap(({ id, json }) => [id, json]),
  );
  await Promise.all(
    gone.flatMap(({ id }) => [redis.unlink(keys.trace(id)), redis.unlink(keys.traceTotals(id))]),
  );
}

function parseTrace(id: string, json: string): TraceOrder | undefined {
  if (!idPattern.test(id)) return undefined;
  try {
    const { target, payload, by, at, until, stoppedAt } = JSON.parse(json) as Record<
      keyof TraceOrder,
      unknown
    >;
    const meant = typeof target === 'string' ? parseTarget(target) : undefined;
    if (meant === undefined || !isTime(at) || !isTime(until)) return undefined;
    return {
      id,
      target: formatTarget(meant),
      payload: payload === true,
      by: typeof by === 'string' ? by : '',
      at,
      until,
      ...(isTime(stoppedAt) ? { stoppedAt } : {}),
    };
  } catch {
    return undefined;
  }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
