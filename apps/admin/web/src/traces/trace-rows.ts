import type { TraceEvent } from '@tributary/protocol/admin-api';

/** The events that have every word somewhere in what is shown of them. */
export function filterEvents(events: readonly TraceEvent[], words: string): readonly TraceEvent[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return events;
  return events.filter((event) => {
    const text = `${event.type} ${event.topic} ${event.detail} ${event.device} ${event.node}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** While paused the list stands still: what came since is counted, not shown. */
export function pausedView(
  events: readonly TraceEvent[],
  pausedAt: string | undefined,
): { shown: readonly TraceEvent[]; waiting: number } {
  if (pausedAt === undefined) return { shown: events, waiting: 0 };
  const waiting = events.findIndex(({ id }) => id === pausedAt);
  // It fell out of the ring: everything that is there came since.
  return waiting < 0 ? { shown: [], waiting: events.length } : { shown: events.slice(waiting), waiting };
}

/** What an event says beside its type and topic. */
export function factsOfEvent(event: TraceEvent): string {
  const { qos, packetId, bytes, reasonCode, durationMs, detail } = event;
  const facts: string[] = [];
  if (qos !== null) facts.push(`QoS ${qos}`);
  if (packetId !== null) facts.push(`id ${packetId}`);
  if (bytes > 0) facts.push(`${bytes} B`);
  if (reasonCode !== null) facts.push(`0x${reasonCode.toString(16).padStart(2, '0')}`);
  if (durationMs !== null)
    facts.push(`after ${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`);
  if (detail !== '') facts.push(detail);
  return facts.join(' · ');
}
