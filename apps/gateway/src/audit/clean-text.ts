/** Control characters, halves of surrogate pairs, and what turns lines and the direction of text: none is fit for a line. */
const unfit = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What a device said of itself, fit to stand in a line that people and programs read: what would break or disguise the
 * line becomes U+FFFD, and no more than `maxBytes` of UTF-8 are kept, whole characters only.
 */
export function cleanText(text: string, maxBytes: number): string {
  // A long text is cut before it is looked at: a character is one byte at least.
  const clean = text.slice(0, maxBytes).replaceAll(unfit, '\ufffd');
  const bytes = Buffer.from(clean);
  if (bytes.length <= maxBytes) return clean;
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
