import type { TimelineEntry } from '@tributary/protocol/admin-api';

/** A kind of entry in a word, with a sign of its own. */
export const kindWords: Readonly<Record<TimelineEntry['kind'], string>> = {
  connected: '● connected',
  superseded: '◐ taken over',
  disconnected: '○ ended',
  quality: '▲ quality',
  class: '◇ class',
  throttled: '◆ throttled',
  action: '■ action',
  will: '✉ will',
};

/** Live entries before those that were asked for, each once, newest first. */
export function joinTimeline(
  live: readonly TimelineEntry[],
  asked: readonly TimelineEntry[],
): TimelineEntry[] {
  const known = new Set(asked.map(({ id }) => id));
  return [...live.filter(({ id }) => !known.has(id)), ...asked].sort((a, b) => b.at - a.at);
}
