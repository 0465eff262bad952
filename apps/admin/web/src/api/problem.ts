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

  constructor(facts: {
    status: number;
    code: string;
    message: string;
    requestId?: string;
    retryAfter?: number | undefined;
    words?: readonly WordError[];
    cause?: unknown;
  }) {
    super(facts.message, { cause: facts.cause });
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId ?? '';
    this.retryAfter = facts.retryAfter;
    this.words = facts.words ?? [];
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
  const { code, title, detail, requestId, errors } = problem.data;
  return new ApiError({ ...common, code, message: detail ?? title, requestId, words: errors ?? [] });
}
