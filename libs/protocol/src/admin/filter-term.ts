/** `:` matches, with `*` for anything; `=` is exactly. */
export type FilterOp = ':' | '=' | '<' | '>' | '<=' | '>=';

/** One condition of a filter; a device must meet all of them, and any one of the values of each. */
export interface FilterTerm {
  /** One of `filterKeys`, `tag.NAME`, or `text` for a part of the id. */
  key: string;
  op: FilterOp;
  values: string[];
  isNegated: boolean;
  /** Where the word stands in the text, UTF-16 units; `to` is behind it. */
  from: number;
  to: number;
}

/** A word that is no condition. */
export interface FilterError {
  from: number;
  to: number;
  message: string;
}
