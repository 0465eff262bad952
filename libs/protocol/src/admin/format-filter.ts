import { freeTextKey, tagKeyPrefix } from './filter-keys.ts';
import type { FilterTerm } from './filter-term.ts';

type Condition = Pick<FilterTerm, 'key' | 'op' | 'values' | 'isNegated'>;

/** A filter as text. What `parseFilter` reads of it are the same terms. */
export function formatFilter(terms: readonly Condition[]): string {
  return terms.map(formatTerm).join(' ');
}

function formatTerm({ key, op, values, isNegated }: Condition): string {
  const sign = isNegated ? '-' : '';
  if (key === freeTextKey && op === ':') return sign + values.map(formatText).join('|');
  return sign + formatKey(key) + op + values.map(formatValue).join('|');
}

function formatKey(key: string): string {
  if (key === 'tag.fw') return 'fw';
  const tag = key.slice(tagKeyPrefix.length);
  return key.startsWith(tagKeyPrefix) && /[\s:=<>"]/u.test(tag) ? tagKeyPrefix + quoted(tag) : key;
}

const formatText = (value: string): string => (/^-|[:=<>"]/.test(value) ? quoted(value) : formatValue(value));

/** An empty value, too, is quoted: without quotes it would be missing. */
function formatValue(value: string): string {
  return value === '' || /^"|[\s|]/u.test(value) ? quoted(value) : value;
}

const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
