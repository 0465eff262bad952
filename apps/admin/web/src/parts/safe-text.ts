// Names, topics and payloads come from devices, and a device may be anybody's. React makes them text; this makes what
// the text itself can do visible: control characters, marks that turn the direction of writing, and endless lengths.

/** Controls (C0, C1), marks of direction, invisible spaces, line separators, half surrogate pairs. */
const tricks =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

/** The text with every trick written out: `\u202e` instead of the mark itself. */
export function visible(text: string): string {
  return text.replace(
    tricks,
    (mark) => short[mark] ?? `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** At most `most` characters with the middle left out, as both ends of a name tell devices apart; then `visible`. */
export function shortened(text: string, most = 120): string {
  if (text.length <= most) return visible(text);
  const end = Math.floor((most - 1) / 3);
  const isCutPair = (at: number): boolean => /[\udc00-\udfff]/.test(text.charAt(at));
  const from = most - 1 - end;
  const head = text.slice(0, isCutPair(from) ? from - 1 : from);
  const tail = text.slice(isCutPair(text.length - end) ? text.length - end + 1 : text.length - end);
  return `${visible(head)}…${visible(tail)}`;
}
