import { problemSchema, type Problem } from '@tributary/protocol/admin-api';

/** A word of a filter that the server could not read. */
export type WordError = NonNullable<Problem['errors']>[number];

/**
 * Why a request failed, for people and for programs. `status` 0: there was no answer at all. `code` is the server's
 * stable name, or `unreachable` and `not-understood` for what only the page can see.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Names the request in the server's log; empty without an answer. */
  readonly requestId: string;
  /** Seconds to wait, where the server said so. */
  readonly retryAfter: number | undefined;
  /** Of a filter: the words that are wrong. */
  readonly words: readonly WordError[];
  /** Of a write: nobody knows whether it was done. */
  readonly mayBeDone: boolean;

  constructor(facts: {
    status: number;
    code: string;
    message: string;
    requestId?: string;
    retryAfter?: number | undefined;
    words?: readonly WordError[];
    mayBeDone?: boolean;
    cause?: unknown;
  }) {
    super(facts.message, { cause: facts.cause });
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId ?? '';
    this.retryAfter = facts.retryAfter;
    this.words = facts.words ?? [];
    // No answer, or one that is none of ours, says nothing of what was done before it.
    const isOurs = facts.code !== 'unreachable' && facts.code !== 'not-understood';
    this.mayBeDone = facts.mayBeDone ?? (!isOurs && (facts.status < 400 || facts.status >= 500));
  }
}

/** Reads an error answer; whatever a server in between may have sent becomes an error all the same. */
export function errorOf(status: number, body: unknown, retryAfter: string | null): ApiError {
  const problem = problemSchema.safeParse(body);
  const seconds = retryAfter === null ? undefined : Number(retryAfter);
  const common = {
    status,
    retryAfter: seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined,
  };
  if (!problem.success) {
    return new ApiError({ ...common, code: 'not-understood', message: `the server answered ${status}` });
  }
  const { code, title, detail, requestId, errors, mayBeDone = status === 500 } = problem.data;
  return new ApiError({
    ...{ ...common, code, message: detail ?? title, requestId },
    ...{ words: errors ?? [], mayBeDone },
  });
}
