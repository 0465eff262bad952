import type { FilterError, FilterOp, FilterTerm } from './filter-term.ts';
import { findFilterKey, freeTextKey, type FilterKey } from './filter-keys.ts';
import { faultOfValue, shown } from './filter-values.ts';
import { readWord, skipBlanks, type Word } from './filter-words.ts';

export { filterKeys, findFilterKey, freeTextKey, tagKeyPrefix } from './filter-keys.ts';
export type { FilterKey, FilterKind } from './filter-keys.ts';
export type { FilterError, FilterOp, FilterTerm } from './filter-term.ts';
export { formatFilter } from './format-filter.ts';
export { parseFilterDuration, parseFilterNumber } from './filter-values.ts';

/** Bounds of one filter: each term is asked of every device, and each value within it. */
export const maxFilterTerms = 24;
export const maxFilterValues = 100;

/**
 * Reads a filter: conditions parted by blanks, `-` in front negates, `a|b` is either, quotes hold what has blanks.
 * Total: any text gives terms and, for each word that is none, an error that names its place. Never throws.
 */
export function parseFilter(text: string): { terms: FilterTerm[]; errors: FilterError[] } {
  const terms: FilterTerm[] = [];
  const errors: FilterError[] = [];
  let values = 0;
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    const word = readWord(text, at);
    const { from, to } = word;
    at = to;
    if (terms.length + errors.length >= maxFilterTerms) {
      errors.push({ from, to: text.length, message: `a filter has at most ${maxFilterTerms} conditions` });
      break;
    }
    const term = termOf(word);
    if ('message' in term) errors.push({ from, to, message: term.message });
    else if ((values += term.values.length) > maxFilterValues) {
      errors.push({ from, to, message: `a filter has at most ${maxFilterValues} values` });
      break;
    } else terms.push({ ...term, from, to });
  }
  return { terms, errors };
}

type Condition = Omit<FilterTerm, 'from' | 'to'>;
type Fault = { message: string };

function termOf({ fault, key, op, values, isNegated }: Word): Condition | Fault {
  if (fault !== undefined) return { message: fault };
  const found = findFilterKey(key ?? freeTextKey);
  if (found === undefined) return { message: unknownKey(key ?? '') };
  const message = faultOfOp(found, op, values.length) ?? firstFault(found, values);
  return message === undefined ? { key: found.key, op, values, isNegated } : { message };
}

function unknownKey(key: string): string {
  return key === '' ? 'a key is missing' : `there is no key "${shown(key)}"; put text to look for in quotes`;
}

function faultOfOp({ key, kind }: FilterKey, op: FilterOp, values: number): string | undefined {
  if (op === ':' || op === '=') return undefined;
  if (kind !== 'number' && kind !== 'duration') return `${shown(key)} cannot be compared with ${op}`;
  return values === 1 ? undefined : `${op} takes one value`;
}

function firstFault(key: FilterKey, values: readonly string[]): string | undefined {
  for (const value of values) {
    const fault = faultOfValue(key, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
