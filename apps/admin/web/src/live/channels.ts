import type {
  DeviceDetail,
  FeedMessage,
  NodeView,
  Operation,
  QualityPoint,
  TimelineEntry,
  Trace,
  TraceEvent,
} from '@tributary/protocol/admin-api';

// How the value of each live channel grows by its messages. Pure: a value is replaced, never changed.

type Of<C extends string> = Extract<FeedMessage, { ch: C }>;

/** The device a page is about, as the channel `device` tells it. */
export interface LiveDevice {
  id: string;
  /** Null: no device of this id has a record. */
  detail: DeviceDetail | null;
  /** The last fifteen minutes, oldest first. */
  points: readonly QualityPoint[];
  /** What happened since the page was opened, as far as the feed was there to tell; newest first. */
  events: readonly TimelineEntry[];
  /** Server time of the last snapshot, Unix ms: what happened before it and is not among `events` must be asked for. */
  since: number;
}

/** A running trace: newest event first. */
export interface LiveTrace {
  id: string;
  trace: Trace | null;
  events: readonly TraceEvent[];
}

const keptPointsMs = 900_000;
const maxEvents = 500;
/** As many as the server's ring holds. */
export const maxTraceEvents = 5000;

/** @param id the device asked for: what is about another one came too late and changes nothing. */
export function nextDevice(
  before: LiveDevice | undefined,
  message: Of<'device'>,
  id: string,
): LiveDevice | undefined {
  const { device, points, events } = message;
  if (device !== null && device.id !== id) return before;
  const kept = before?.id === id ? before : undefined;
  const merged = {
    id,
    detail: device,
    events: [...[...events].reverse(), ...(kept?.events ?? [])].slice(0, maxEvents),
  };
  if (message.type === 'snapshot' || kept === undefined) return { ...merged, points, since: message.now };
  const newest = points.at(-1)?.at ?? kept.points.at(-1)?.at ?? 0;
  return {
    ...merged,
    points: [...kept.points, ...points].filter(({ at }) => at > newest - keptPointsMs),
    since: kept.since,
  };
}

/** Nodes in order of name. */
export function nextNodes(before: readonly NodeView[] | undefined, message: Of<'nodes'>): NodeView[] {
  const nodes = new Map(message.type === 'snapshot' ? [] : before?.map((node) => [node.node, node]));
  for (const node of message.nodes) nodes.set(node.node, node);
  if (message.type === 'delta') for (const node of message.gone) nodes.delete(node);
  return [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** Operations, the latest first. */
export function nextOperations(
  before: readonly Operation[] | undefined,
  message: Of<'operations'>,
): Operation[] {
  const byId = new Map(message.type === 'snapshot' ? [] : before?.map((each) => [each.id, each]));
  for (const operation of message.operations) byId.set(operation.id, operation);
  return [...byId.values()].sort((a, b) => b.at - a.at).slice(0, 100);
}

/** @param id the trace asked for. */
export function nextTrace(
  before: LiveTrace | undefined,
  message: Of<'trace'>,
  id: string,
): LiveTrace | undefined {
  const { trace, events } = message;
  if (trace !== null && trace.id !== id) return before;
  const fresh = [...events].reverse();
  // A snapshot brings the newest 200; what was received before, as across a lost connection, is kept.
  const kept = before?.id === id ? before.events : [];
  const known = new Set(kept.slice(0, fresh.length + 200).map((event) => event.id));
  return {
    id,
    trace,
    events: [...fresh.filter((event) => !known.has(event.id)), ...kept].slice(0, maxTraceEvents),
  };
}
