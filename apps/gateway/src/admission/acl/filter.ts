/** One level of a filter. */
type Level = { readonly kind: 'name'; readonly text: string; readonly bytes: Buffer } | Wildcard;
type Wildcard = { readonly kind: '+' } | { readonly kind: '#' };

/** A topic filter taken apart once, to be matched often and without allocating. */
export interface Filter {
  readonly text: string;
  readonly levels: readonly Level[];
}

const SLASH = 0x2f;
const DOLLAR = 0x24;

/** Takes a filter apart whose syntax has been checked. */
export function compileFilter(text: string): Filter {
  const levels = text.split('/').map((level): Level => {
    if (level === '+' || level === '#') return { kind: level };
    return { kind: 'name', text: level, bytes: Buffer.from(level) };
  });
  return { text, levels };
}

/** Whether a topic name matches (MQTT 5 section 4.7). */
export function matchesText({ levels }: Filter, topic: string): boolean {
  if (levels[0]!.kind !== 'name' && topic.charCodeAt(0) === DOLLAR) return false; // [MQTT-4.7.2-1]
  const { length } = topic;
  let at = 0;
  for (const level of levels) {
    // Behind the last level of the topic: `a/#` matches `a` too (section 4.7.1.2).
    if (level.kind === '#') return true;
    if (at > length) return false;
    if (level.kind === '+') {
      const slash = topic.indexOf('/', at);
      at = slash < 0 ? length : slash;
    } else {
      if (!topic.startsWith(level.text, at)) return false;
      at += level.text.length;
    }
    if (at < length && topic.charCodeAt(at) !== SLASH) return false;
    at++;
  }
  return at === length + 1;
}

/** The same for a topic name as it stands in a packet: bytes `start` to `end`. */
export function matchesBytes({ levels }: Filter, topic: Uint8Array, start: number, end: number): boolean {
  if (levels[0]!.kind !== 'name' && topic[start] === DOLLAR) return false;
  let at = start;
  for (const level of levels) {
    if (level.kind === '#') return true;
    if (at > end) return false;
    if (level.kind === '+') {
      while (at < end && topic[at] !== SLASH) at++;
    } else {
      const { bytes } = level;
      if (end - at < bytes.length || !isAt(bytes, topic, at)) return false;
      at += bytes.length;
    }
    if (at < end && topic[at] !== SLASH) return false;
    at++;
  }
  return at === end + 1;
}

function isAt(bytes: Uint8Array, topic: Uint8Array, at: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== topic[at + i]) return false;
  return true;
}

/** Whether every topic that `inner` matches is matched by `outer` as well. */
export function covers(outer: Filter, inner: Filter): boolean {
  if (avoids(outer, inner)) return false;
  for (const [i, level] of outer.levels.entries()) {
    const asked = inner.levels[i];
    if (level.kind === '#') return true;
    if (asked === undefined || asked.kind === '#') return false;
    if (level.kind === 'name' && (asked.kind !== 'name' || asked.text !== level.text)) return false;
  }
  return inner.levels.length <= outer.levels.length;
}

/** The filter of exactly the topics both match; undefined when there are none. */
export function intersectionOf(a: Filter, b: Filter): Filter | undefined {
  if (avoids(a, b) || avoids(b, a)) return undefined;
  const levels: string[] = [];
  for (let i = 0; ; i++) {
    const [left, right] = [a.levels[i], b.levels[i]];
    if (left === undefined && right === undefined) break;
    // `#` stands for nothing at all too, and else for all the other still asks.
    if (left?.kind === '#') return joined([...levels, ...rest(b, i)]);
    if (right?.kind === '#') return joined([...levels, ...rest(a, i)]);
    if (left === undefined || right === undefined) return undefined;
    if (left.kind === '+') levels.push(textOf(right));
    else if (right.kind === '+' || left.text === right.text) levels.push(left.text);
    else return undefined;
  }
  return joined(levels);
}

/** A leading wildcard matches nothing that begins with `$` [MQTT-4.7.2-1]. */
function avoids({ levels: [first] }: Filter, { levels: [other] }: Filter): boolean {
  return first!.kind !== 'name' && other!.kind === 'name' && other!.text.startsWith('$');
}

const textOf = (level: Level): string => (level.kind === 'name' ? level.text : level.kind);
const rest = ({ levels }: Filter, from: number): string[] => levels.slice(from).map(textOf);

const joined = (levels: readonly string[]): Filter => compileFilter(levels.join('/'));
