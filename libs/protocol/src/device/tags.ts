/** What operators know a device by: `site` → `kiel`. */
export type Tags = Readonly<Record<string, string>>;

/** How many tags a device may have, and how long their names and values may be, in characters. */
export const maxTags = 16;
export const maxTagNameLength = 32;
export const maxTagValueLength = 64;

const tagName = /^[a-z0-9_-]{1,32}$/;
const tagValue = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

/** Whether a text can be the name of a tag: 1 to 32 of a–z, 0–9, `_` and `-`. */
export const isTagName = (name: string): boolean => tagName.test(name);

/** Whether a value can be that of a tag: a text of 1 to 64 characters without control characters and lone surrogates. */
export const isTagValue = (value: unknown): value is string =>
  typeof value === 'string' && tagValue.test(value);

/**
 * The tags among `said`, up to 16 of them; of two of one name the first stays. `base` comes first and is not overridden.
 * @returns also how many were left out because they do not fit
 */
export function readTags(
  said: Iterable<readonly [name: string, value: unknown]>,
  base: Tags = {},
): { tags: Tags; leftOut: number } {
  const tags = new Map(Object.entries(base));
  let leftOut = 0;
  for (const [name, value] of said) {
    if (tags.has(name)) continue;
    if (tags.size < maxTags && isTagName(name) && isTagValue(value)) tags.set(name, value);
    else leftOut++;
  }
  return { tags: Object.fromEntries(tags), leftOut };
}
