import { useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { z } from 'zod';
import { getJson } from './client.ts';
import type { ApiError } from './problem.ts';

/** One page of a long list, and where the next begins; null at its end. */
interface Page {
  readonly nextCursor: string | null;
}

/** What `path` (below `/api/v1`, with a query) answers page by page. The path is the key of the cache; nothing in it is old enough to keep. */
export function usePages<P extends Page>(
  path: string,
  schema: z.ZodType<P>,
): UseInfiniteQueryResult<{ pages: P[] }, ApiError> {
  return useInfiniteQuery<P, ApiError, { pages: P[] }, [string], string | null>({
    queryKey: [path],
    queryFn: ({ pageParam, signal }) =>
      getJson(pageParam === null ? path : `${path}&cursor=${encodeURIComponent(pageParam)}`, schema, signal),
    initialPageParam: null,
    getNextPageParam: (last) => last.nextCursor,
    staleTime: 0,
  });
}
