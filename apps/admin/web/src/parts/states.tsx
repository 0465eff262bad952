import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/problem.ts';
import { formatCount } from '../format.ts';

/** Nothing for 150 ms (a fast answer never flickers), then grey shapes of the size of what is to come. */
export function Skeleton({ heights }: { heights: readonly number[] }) {
  return (
    <div className="skeleton" role="status" aria-busy="true" aria-label="Loading">
      {heights.map((height, i) => (
        <div key={i} style={{ blockSize: height }} />
      ))}
    </div>
  );
}

/** There is nothing, and that is no fault. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty" role="status">
      <h3>{title}</h3>
      {children !== undefined && <div className="quiet">{children}</div>}
    </div>
  );
}

/** What failed, the id under which the server's log knows it, and another try. Other panels go on. */
export function ErrorNote({
  what,
  error,
  retry,
}: {
  what: string;
  error: Error;
  retry?: (() => void) | undefined;
}) {
  const requestId = error instanceof ApiError ? error.requestId : '';
  return (
    <div className="trouble" role="alert">
      <p>
        <strong>{what}</strong> {error.message}.
        {requestId !== '' && (
          <small>
            request <code>{requestId}</code>
          </small>
        )}
      </p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Said beside a number that is not of everything: "3 of 4 nodes answered". */
export function Partial({ reported, known, of }: { reported: number; known: number; of: string }) {
  if (reported >= known) return null;
  return (
    <span className="partial" role="status">
      {reported} of {known} {of} answered
    </span>
  );
}

/** Said below a list that is not all there is. */
export function ShownOf({ shown, total, which }: { shown: number; total: number; which?: string }) {
  if (shown >= total) return null;
  return (
    <p className="quiet">
      {formatCount(shown)} of {formatCount(total)} are shown{which !== undefined && `, ${which}`}.
    </p>
  );
}

/** The states of a question to the server around its answer. What was there before stays while it is asked again. */
export function Answer<T>({
  query,
  what,
  skeleton,
  children,
}: {
  query: UseQueryResult<T, Error>;
  /** The sentence when it fails: "The history could not be read:". */
  what: string;
  skeleton: readonly number[];
  children: (data: T) => ReactNode;
}) {
  const { data, error } = query;
  const retry = (): void => void query.refetch();
  if (data === undefined) {
    return error === null ? (
      <Skeleton heights={skeleton} />
    ) : (
      <ErrorNote what={what} error={error} retry={retry} />
    );
  }
  return (
    <>
      {error !== null && <ErrorNote what={what} error={error} retry={retry} />}
      <div className="answer" data-old={query.isPlaceholderData}>
        {children(data)}
      </div>
    </>
  );
}
