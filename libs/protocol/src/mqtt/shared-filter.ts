import type { CodecLimits } from './packet-type.ts';
import { plainFilterFault } from './topic-filter.ts';

const prefix = '$share/';

/** The parts of `$share/GROUP/FILTER` (MQTT 5 section 4.8.2). */
export interface SharedFilter {
  /** ShareName; empty in a filter that is not allowed. */
  readonly group: string;
  /** What topic names are matched against; empty in a filter that is not allowed. */
  readonly filter: string;
}

/** The parts of a shared subscription's filter, allowed or not; undefined when it is an ordinary one. */
export function parseSharedFilter(filter: string): SharedFilter | undefined {
  if (!filter.startsWith(prefix)) return undefined;
  const slash = filter.indexOf('/', prefix.length);
  if (slash < 0) return { group: filter.slice(prefix.length), filter: '' };
  return { group: filter.slice(prefix.length, slash), filter: filter.slice(slash + 1) };
}

/**
 * Why a shared subscription's filter is not allowed, or undefined when it is, or is an ordinary one: a ShareName of at
 * least one character, no wildcard in it [MQTT-4.8.2-1, -2], behind it a filter that is allowed. The limit on bytes
 * holds for the whole, the limit on levels for the filter behind the ShareName.
 */
export function sharedFilterFault(filter: string, limits: CodecLimits): string | undefined {
  const shared = parseSharedFilter(filter);
  if (shared === undefined) return undefined;
  const { group } = shared;
  if (group === '') return 'empty ShareName';
  if (/[+#\0]/.test(group)) return 'wildcard or U+0000 in a ShareName';
  if (shared.filter === '') return 'no topic filter behind the ShareName';
  if (Buffer.byteLength(filter) > limits.maxTopicBytes) return 'topic filter too long';
  return plainFilterFault(shared.filter, limits);
}

/** Why a client may not subscribe with a filter, ordinary or shared; undefined when it may. */
export function topicFilterFault(filter: string, limits: CodecLimits): string | undefined {
  return filter.startsWith(prefix) ? sharedFilterFault(filter, limits) : plainFilterFault(filter, limits);
}
