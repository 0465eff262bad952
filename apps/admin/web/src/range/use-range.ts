import { useCallback, useMemo } from 'react';
import { useSearch } from 'wouter';
import { useSetParams } from './params.ts';
import { readRange, writeRange, type TimeRange } from './range.ts';

/** The time range in the URL, shared by all charts of the page. */
export function useRange(): [TimeRange, (range: TimeRange) => void] {
  const search = useSearch();
  const setParams = useSetParams();
  const range = useMemo(() => readRange(new URLSearchParams(search)), [search]);
  const setRange = useCallback(
    (next: TimeRange) => setParams({ range: undefined, from: undefined, to: undefined, ...writeRange(next) }),
    [setParams],
  );
  return [range, setRange];
}
