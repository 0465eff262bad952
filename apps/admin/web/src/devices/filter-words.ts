import {
  filterKeys,
  formatFilter,
  freeTextKey,
  parseFilter,
  tagKeyPrefix,
  type Facet,
  type FilterTerm,
} from '@tributary/protocol/admin-api';

// Chips and text are two views of one string: these are the moves between them.

/** One word of the filter as it was written. */
export interface Word {
  text: string;
  /** What is wrong with it. */
  fault: string | undefined;
  from: number;
  to: number;
}

/** All words of a filter in order, those that cannot be read among them. */
export function wordsOf(q: string): Word[] {
  const { terms, errors } = parseFilter(q);
  const spans = [
    ...terms.map(({ from, to }) => ({ from, to, fault: undefined })),
    ...errors.map(({ from, to, message }) => ({ from, to, fault: message })),
  ];
  return spans
    .sort((a, b) => a.from - b.from)
    .map(({ from, to, fault }) => ({ text: q.slice(from, to), fault, from, to }));
}

/** The filter without one of its words. */
export function withoutWord(q: string, { from, to }: Pick<Word, 'from' | 'to'>): string {
  return `${q.slice(0, from)}${q.slice(to)}`.replaceAll(/\s{2,}/g, ' ').trim();
}

/** The filter without the word that means this term, however it was written: `score<50` for `cqi<50`. */
export function withoutTerm(q: string, term: string): string {
  const word = parseFilter(q).terms.find((each) => formatFilter([each]) === term);
  return word === undefined ? q : withoutWord(q, word);
}

/** The filter with one word more. */
export const withWord = (q: string, word: string): string => (q.trim() === '' ? word : `${q.trim()} ${word}`);

const isPlain = ({ op, isNegated }: FilterTerm): boolean => (op === ':' || op === '=') && !isNegated;

/** A value of a device may have a `*`, which after `:` would stand for anything. */
const opFor = (value: string): ':' | '=' => (value.includes('*') ? '=' : ':');

/** True when the filter asks for this value of a key, alone or among others. */
export const hasValue = (q: string, key: string, value: string): boolean =>
  parseFilter(q).terms.some((term) => isPlain(term) && term.key === key && term.values.includes(value));

/**
 * The filter with a value of a key put in or taken out: a second value of the same key means either. A filter with
 * faults is left alone.
 */
export function toggleValue(q: string, key: string, value: string): string {
  const { terms, errors } = parseFilter(q);
  if (errors.length > 0) return q;
  const op = opFor(value);
  const plain = terms.filter((term) => isPlain(term) && term.key === key);
  const term = plain.find(({ values }) => values.includes(value)) ?? plain.find((each) => each.op === op);
  if (term === undefined) {
    return withWord(q, formatFilter([{ key, op, values: [value], isNegated: false }]));
  }
  const values = term.values.includes(value)
    ? term.values.filter((each) => each !== value)
    : [...term.values, value];
  if (values.length === 0) return withoutWord(q, term);
  const word = formatFilter([{ ...term, values }]);
  return q.slice(0, term.from) + word + q.slice(term.to);
}

export interface Suggestion {
  /** Takes the place of the word under the cursor. */
  insert: string;
  says: string;
}

const mostSuggestions = 8;

/** What the word that is being typed could become: keys, and the values a key has. */
export function suggestionsFor(
  text: string,
  cursor: number,
  facets: readonly Facet[] = [],
): { from: number; to: number; offers: Suggestion[] } {
  const from = text.lastIndexOf(' ', cursor - 1) + 1;
  const end = text.indexOf(' ', cursor);
  const to = end < 0 ? text.length : end;
  const word = text.slice(from, cursor);
  const [sign, bare] = word.startsWith('-') ? ['-', word.slice(1)] : ['', word];
  const colon = bare.search(/[:=]/);
  const found =
    colon < 0 ? keyOffers(bare, facets) : valueOffers(bare.slice(0, colon), bare.slice(colon + 1), facets);
  const offers = found.slice(0, mostSuggestions).map(({ insert, says }) => ({ insert: sign + insert, says }));
  return { from, to, offers: bare === '' ? [] : offers };
}

function keyOffers(typed: string, facets: readonly Facet[]): Suggestion[] {
  const wanted = typed.toLowerCase();
  const tags = facets
    .filter(({ key }) => key.startsWith(tagKeyPrefix))
    .map(({ key, values }) => ({ key, kind: 'text', says: `tag, ${values.length} values` }));
  return [...filterKeys, ...tags]
    .filter(({ key }) => key !== freeTextKey && key.toLowerCase().startsWith(wanted))
    .map(({ key, kind, says }) => ({
      insert: key + (kind === 'number' ? '>' : kind === 'duration' ? '>' : ':'),
      says,
    }));
}

function valueOffers(key: string, typed: string, facets: readonly Facet[]): Suggestion[] {
  const before = typed.slice(0, typed.lastIndexOf('|') + 1);
  const wanted = typed.slice(before.length).toLowerCase();
  const meant = key === 'fw' ? 'tag.fw' : key;
  const counted = facets.find((facet) => facet.key === meant)?.values ?? [];
  const known = filterKeys.find((each) => each.key === key)?.choices ?? [];
  const values = counted.length > 0 ? counted : known.map((value) => ({ value, count: undefined }));
  return values
    .filter(({ value }) => value.toLowerCase().startsWith(wanted) && value.toLowerCase() !== wanted)
    .map(({ value, count }) => ({
      insert: `${key}:${before}${/[\s|"]/.test(value) ? JSON.stringify(value) : value}`,
      says: count === undefined ? '' : `${count} devices`,
    }));
}
