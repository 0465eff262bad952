import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

export type ParamChanges = Readonly<Record<string, string | undefined>>;

/** The search part with these parameters changed; undefined and empty ones are taken out. */
export function withParams(search: string, changes: ParamChanges): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Changes parameters of this page's URL in place: the way back leads to the page before, not to each change. */
export function useSetParams(): (changes: ParamChanges) => void {
  const [path, navigate] = useLocation();
  return useCallback(
    (changes) => navigate(path + withParams(location.search, changes), { replace: true }),
    [path, navigate],
  );
}

/** One parameter of the URL as a state of the view. */
export function useParam(name: string): [string | undefined, (value: string | undefined) => void] {
  const value = new URLSearchParams(useSearch()).get(name) ?? undefined;
  const setParams = useSetParams();
  return [value, useCallback((next) => setParams({ [name]: next }), [setParams, name])];
}
