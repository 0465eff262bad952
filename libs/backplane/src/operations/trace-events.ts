import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { entryMap, wholeNumber } from '../records/entry-map.ts';
import { keptAfterEndMs, type TraceOrder } from './traces.ts';

/** About how many events of a trace are kept; the oldest leave. */
const traceMaxLength = 5000;

/** One thing a traced device said, was told, or that happened to it. */
export interface TraceEvent {
  /** Unix ms by the node's clock. */
  readonly ts: number;
  /** `id.incarnation`. */
  readonly node: string;
  readonly device: string;
  readonly epoch: number;
  /** `in`: from the device; `out`: to it; `none`: neither, as when it connects. */
  readonly direction: 'in' | 'out' | 'none';
  /** Packet or frame type in capitals, or `connected`, `disconnected`, `refused`, `dropped`. */
  readonly type: string;
  readonly topic?: string | undefined;
  readonly qos?: number | undefined;
  readonly packetId?: number | undefined;
  /** Of the whole packet; of `dropped`, how many events were left out. */
  readonly bytes?: number | undefined;
  readonly reasonCode?: number | undefined;
  /** From the PUBLISH to the answer to it, ms. */
  readonly durationMs?: number | undefined;
  /** Flags and the like, in words. */
  readonly detail?: string | undefined;
  readonly payloadBytes?: number | undefined;
  /** Base64 of the first bytes, where the trace has payloads. */
  readonly payload?: string | undefined;
}

/** A trace event with the id of its entry. */
export interface TraceEntry extends TraceEvent {
  readonly entry: string;
}

/** How much a trace has seen: events written, and events left out because they came too fast or Redis was away. */
export interface TraceTotals {
  readonly events: number;
  readonly dropped: number;
}

/** Writes what a trace saw, all in one round trip. @throws when Redis did not take it */
export async function appendTrace(
  redis: Redis,
  keys: Keys,
  trace: TraceOrder,
  events: readonly TraceEvent[],
  dropped: number,
): Promise<void> {
  const stream = keys.trace(trace.id);
  const totals = keys.traceTotals(trace.id);
  // Counted anew with every event, so never too short.
  const keptMs = trace.until - trace.at + keptAfterEndMs;
  const pipeline = redis.pipeline();
  for (const event of events) {
    const fields = Object.entries(event).filter(([, value]) => value !== undefined);
    pipeline.xadd(stream, 'MAXLEN', '~', traceMaxLength, '*', ...fields.flat().map(String));
  }
  pipeline.pexpire(stream, keptMs);
  pipeline.hincrby(totals, 'events', events.length);
  pipeline.hincrby(totals, 'dropped', dropped);
  pipeline.pexpire(totals, keptMs);
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/** Events after the entry `after` (`0`: from the first that is kept), oldest first. */
export async function readTrace(
  redis: Redis,
  keys: Keys,
  id: string,
  after: string,
  count: number,
): Promise<TraceEntry[]> {
  const entries = await redis.xrange(keys.trace(id), `(${after}`, '+', 'COUNT', count);
  return entries.flatMap(([entry, fields]) => parseEvent(entry, entryMap(fields)) ?? []);
}

/** The newest events, oldest of them first. */
export async function readNewestTrace(
  redis: Redis,
  keys: Keys,
  id: string,
  count: number,
): Promise<TraceEntry[]> {
  const entries = await redis.xrevrange(keys.trace(id), '+', '-', 'COUNT', count);
  return entries.toReversed().flatMap(([entry, fields]) => parseEvent(entry, entryMap(fields)) ?? []);
}

export async function readTraceTotals(redis: Redis, keys: Keys, id: string): Promise<TraceTotals> {
  const [events, dropped] = await redis.hmget(keys.traceTotals(id), 'events', 'dropped');
  return { events: wholeNumber(events ?? '0') ?? 0, dropped: wholeNumber(dropped ?? '0') ?? 0 };
}

function parseEvent(entry: string, fields: ReadonlyMap<string, string>): TraceEntry | undefined {
  const type = fields.get('type');
  const direction = directions.find((name) => name === fields.get('direction'));
  if (type === undefined || direction === undefined) return undefined;
  const duration = Number(fields.get('durationMs') ?? Number.NaN);
  return {
    entry,
    ts: wholeNumber(fields.get('ts')) ?? 0,
    node: fields.get('node') ?? '',
    device: fields.get('device') ?? '',
    epoch: wholeNumber(fields.get('epoch')) ?? 0,
    direction,
    type,
    topic: fields.get('topic'),
    qos: wholeNumber(fields.get('qos')),
    packetId: wholeNumber(fields.get('packetId')),
    bytes: wholeNumber(fields.get('bytes')),
    reasonCode: wholeNumber(fields.get('reasonCode')),
    durationMs: Number.isFinite(duration) ? duration : undefined,
    detail: fields.get('detail'),
    payloadBytes: wholeNumber(fields.get('payloadBytes')),
    payload: fields.get('payload'),
  };
}

const directions = ['in', 'out', 'none'] as const;
