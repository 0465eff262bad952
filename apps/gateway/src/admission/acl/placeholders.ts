import { topicSafe } from '../substitution.ts';

/** Who a filter is written for. */
export interface Named {
  readonly clientId: string;
  readonly user: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

const placeholder = /\$\{([^}]*)\}/g;
const claimName = /^claim\.[A-Za-z0-9_.:-]{1,128}$/;

/** What is wrong with the placeholders of a filter, for people; undefined when they are all known. */
export function placeholderFault(filter: string): string | undefined {
  for (const [text, name = ''] of filter.matchAll(placeholder)) {
    if (name !== 'clientId' && name !== 'user' && !claimName.test(name)) return `unknown placeholder ${text}`;
  }
  return filter.replace(placeholder, '').includes('${') ? 'a placeholder without its end' : undefined;
}

/** The filter with a name in the place of every placeholder, as a check of its syntax needs it. */
export const withoutPlaceholders = (filter: string): string => filter.replace(placeholder, 'x');

/**
 * The filter as it is for one device: each value is one level, or a part of one, whatever it holds.
 * Undefined when the device has not got a value that is asked for: such a filter matches nothing.
 */
export function substituted(filter: string, named: Named): string | undefined {
  let isWhole = true;
  const text = filter.replace(placeholder, (_, name: string) => {
    const value = valueOf(name, named);
    if (value === undefined) isWhole = false;
    return value ?? '';
  });
  return isWhole ? text : undefined;
}

function valueOf(name: string, { clientId, user, claims }: Named): string | undefined {
  if (name === 'clientId') return encoded(clientId);
  if (name === 'user') return encoded(user);
  const claim = name.slice('claim.'.length);
  return Object.hasOwn(claims, claim) ? encoded(claims[claim]) : undefined;
}

/** Texts, numbers and truth values; an empty one would be an empty level, which nobody means. */
function encoded(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  // Two different broken texts are the same bytes in a topic.
  if (typeof text !== 'string' || text === '' || /\p{Cs}/u.test(text)) return undefined;
  return topicSafe(text);
}
