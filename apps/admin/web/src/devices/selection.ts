import { useMemo, useState } from 'react';

/** Rows an operator has chosen. They stay chosen while the list changes under them. */
export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** Everything between the last one touched and this one, in the order of the list. */
  extend: (id: string, order: readonly string[]) => void;
  clear: () => void;
}

/** At most so many: an action on more is one on a filter. */
export const maxSelected = 100;

export const toggled = (ids: ReadonlySet<string>, id: string): Set<string> => {
  const next = new Set(ids);
  if (!next.delete(id) && next.size < maxSelected) next.add(id);
  return next;
};

/** With all between two places of the list, as far as there is room. */
export function extended(
  ids: ReadonlySet<string>,
  [from, to]: readonly [from: string | undefined, to: string],
  order: readonly string[],
): Set<string> {
  const [a, b] = [order.indexOf(from ?? to), order.indexOf(to)];
  const between = a < 0 ? [to] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
  return new Set([...ids, ...between].slice(0, maxSelected));
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState<string>();
  return useMemo(
    () => ({
      ids,
      toggle: (id) => {
        setIds(toggled(ids, id));
        setLast(id);
      },
      extend: (id, order) => {
        setIds(extended(ids, [last, id], order));
        setLast(id);
      },
      clear: () => setIds(new Set()),
    }),
    [ids, last],
  );
}
