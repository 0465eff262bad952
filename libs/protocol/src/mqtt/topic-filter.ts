import type { CodecLimits } from './packet-type.ts';

/**
 * Why a filter that is matched against topic names is not allowed, or undefined when it is: `#` only as the last whole
 * level, `+` only as a whole level [MQTT-4.7.1-1, -2], at least one character [MQTT-4.7.3-1], no U+0000, within the
 * limits.
 */
export function plainFilterFault(filter: string, limits: CodecLimits): string | undefined {
  if (filter.length === 0) return 'empty topic filter';
  if (filter.includes('\0')) return 'U+0000 in a topic filter';
  if (Buffer.byteLength(filter) > limits.maxTopicBytes) return 'topic filter too long';
  const levels = filter.split('/');
  if (levels.length > limits.maxTopicLevels) return `topic filter of ${levels.length} levels`;
  for (const [i, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || i !== levels.length - 1))
      return '# is not the whole last level';
    if (level.includes('+') && level !== '+') return '+ is not a whole level';
  }
  return undefined;
}

/**
 * Whether a topic name matches a filter that is allowed and not shared (MQTT 5 section 4.7): `+` is one level, `#` any
 * number of them, none included, so that `a/#` matches `a`; a filter that begins with a wildcard matches no name that
 * begins with `$` [MQTT-4.7.2-1].
 */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  let inFilter = 0;
  let inTopic = 0;
  for (;;) {
    const filterEnd = endOfLevel(filter, inFilter);
    const topicEnd = endOfLevel(topic, inTopic);
    const level = filter.slice(inFilter, filterEnd);
    if (level === '#') return true;
    if (level !== '+' && level !== topic.slice(inTopic, topicEnd)) return false;
    if (filterEnd === filter.length) return topicEnd === topic.length;
    if (topicEnd === topic.length) return filter.slice(filterEnd) === '/#';
    inFilter = filterEnd + 1;
    inTopic = topicEnd + 1;
  }
}

function endOfLevel(text: string, at: number): number {
  const slash = text.indexOf('/', at);
  return slash < 0 ? text.length : slash;
}
