const utf8 = new TextDecoder('utf-8', { fatal: true });

// What a terminal obeys or hides instead of showing: control and format characters (direction overrides, zero width),
// line and paragraph separators, halves of surrogate pairs.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const spaces: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with everything a terminal would obey written as `\n` or `\u001b`. Safe to print. */
export function escapeText(text: string): string {
  return text.replaceAll(unprintable, (character) => spaces[character] ?? unicodeEscape(character));
}

/** JSON of one line in which nothing a terminal obeys is left; reads back as the same value. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(unprintable, unicodeEscape);
}

/** The bytes as text when they are UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A payload for people: its text when it is printable UTF-8, else hex; cut after `mostBytes`. */
export function showPayload(payload: Uint8Array, mostBytes: number): string {
  const text = decodeUtf8(payload);
  const isPrintable = text !== undefined && text.replaceAll(/[\t\n\r]/g, '').search(unprintable) < 0;
  const rest = payload.length > mostBytes ? ` … (${payload.length} bytes)` : '';
  const head = payload.subarray(0, mostBytes);
  if (isPrintable) return escapeText(rest === '' ? text : new TextDecoder().decode(head)) + rest;
  return `0x${Buffer.from(head).toString('hex')}${rest}`;
}

function unicodeEscape(character: string): string {
  const units = character.split(''); // UTF-16 units: two for a character beyond the first plane
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
