import type { FilterOp } from './filter-term.ts';

/** A word of a filter, taken apart but not yet understood. */
export interface Word {
  from: number;
  to: number;
  isNegated: boolean;
  /** Undefined for free text. */
  key: string | undefined;
  op: FilterOp;
  values: string[];
  /** What is wrong with how it is written. */
  fault?: string;
}

const blank = /\s/u;
const opStart = /[:=<>]/;

/** The position of the next character that is no blank. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && blank.test(text[at]!)) at++;
  return at;
}

/** Reads the word that begins at `from`; what is behind a fault, up to the next blank, belongs to it. */
export function readWord(text: string, from: number): Word {
  const word: Word = { from, to: from, isNegated: false, key: undefined, op: ':', values: [] };
  let at = from;
  if (text[at] === '-') {
    word.isNegated = true;
    at++;
  }
  const key = readKey(text, at);
  if (key !== undefined) {
    word.key = key.name;
    word.op = key.op;
    at = key.to;
  }
  return readValues(text, at, word);
}

function readKey(text: string, from: number): { name: string; op: FilterOp; to: number } | undefined {
  let at = from;
  let name = '';
  while (at < text.length && !blank.test(text[at]!)) {
    if (opStart.test(text[at]!)) return { name, ...readOp(text, at) };
    if (text[at] !== '"') {
      name += text[at++];
      continue;
    }
    // A quote at the beginning is free text; within a key it holds the rest of a tag's name.
    const quoted = at === from ? undefined : readQuoted(text, at);
    if (quoted === undefined) return undefined;
    name += quoted.value;
    at = quoted.to;
  }
  return undefined;
}

function readOp(text: string, at: number): { op: FilterOp; to: number } {
  const two = text.slice(at, at + 2);
  if (two === '<=' || two === '>=') return { op: two, to: at + 2 };
  return { op: text[at] as FilterOp, to: at + 1 };
}

function readValues(text: string, from: number, word: Word): Word {
  let at = from;
  for (;;) {
    const value = text[at] === '"' ? readQuoted(text, at) : readBare(text, at);
    if (value === undefined) return broken(text, text.length, word, 'the quote is not closed');
    if (value.to === at) return broken(text, at, word, 'a value is missing');
    word.values.push(value.value);
    at = value.to;
    if (at >= text.length || blank.test(text[at]!)) return { ...word, to: at };
    if (text[at] !== '|') return broken(text, at, word, 'a blank or | is missing behind the quote');
    at++;
  }
}

function readQuoted(text: string, from: number): { value: string; to: number } | undefined {
  let value = '';
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '"') return { value, to: at + 1 };
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++;
    value += text[at];
  }
  return undefined;
}

function readBare(text: string, from: number): { value: string; to: number } {
  let to = from;
  while (to < text.length && text[to] !== '|' && !blank.test(text[to]!)) to++;
  return { value: text.slice(from, to), to };
}

function broken(text: string, from: number, word: Word, fault: string): Word {
  let to = from;
  while (to < text.length && !blank.test(text[to]!)) to++;
  return { ...word, to, fault };
}
