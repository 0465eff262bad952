/**
 * Whether `text` matches a glob of `*` (any characters) and `?` (one). Linear in practice and never worse than the
 * product of the lengths, whatever the pattern: both sides may be hostile.
 */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let g = 0;
  while (at < text.length) {
    if (glob[g] === '*') {
      star = g++;
      retry = at;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[at])) {
      g++;
      at++;
    } else if (star >= 0) {
      g = star + 1;
      at = ++retry;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/** Why `filter` is no MQTT topic filter (section 4.7.1), or undefined. */
export function topicFilterFault(filter: string): string | undefined {
  const levels = filter.split('/');
  for (const [i, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || i !== levels.length - 1)) return '# stands alone and last';
    if (level.includes('+') && level !== '+') return '+ stands alone in its level';
  }
  return filter === '' ? 'it is empty' : undefined;
}

/** Whether a topic matches a filter [MQTT-4.7.1-2, MQTT-4.7.2-1]. */
export function matchesTopic(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true; // also matches the parent level itself
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
