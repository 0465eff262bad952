/** The second part are the control characters below the blank. */
const unsafe = /[/+#%]|[^ -\u{10ffff}]/gu;

/**
 * A client id, user or claim as it may stand in for a placeholder of a topic or filter: `/`, `+`, `#`, `%` and
 * U+0000–001F percent-encoded, so that it is never more than a part of one level and never a wildcard.
 */
export function topicSafe(value: string): string {
  return value.replaceAll(
    unsafe,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
