import { QueryClient, keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { z } from 'zod';
import { getJson } from './client.ts';
import { ApiError } from './problem.ts';

/** What was refused stays refused; a server that is away or stumbles is asked twice more. */
export function mayRetry(failures: number, error: unknown): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: mayRetry, staleTime: 5000, gcTime: 120_000, refetchOnWindowFocus: false },
      mutations: { retry: false },
    },
  });

interface Options {
  /** Asks again after so many ms, while the tab is looked at. */
  everyMs?: number;
  enabled?: boolean;
  /** While another path loads, what the last one gave stays. */
  keepsPrevious?: boolean;
}

/** What `path` (below `/api/v1`) answers. The path is the key of the cache. */
export function useApi<S extends z.ZodType>(
  path: string,
  schema: S,
  { everyMs, enabled = true, keepsPrevious = false }: Options = {},
): UseQueryResult<z.output<S>, ApiError> {
  return useQuery<z.output<S>, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => getJson(path, schema, signal),
    enabled,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    ...(keepsPrevious && { placeholderData: keepPreviousData }),
  });
}
