import { ApiError } from '../api/problem.ts';

/** Why signing in failed, for the person in front of it. */
export function signInWords(error: Error): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === 'wrong-credentials') return 'Name or password is wrong.';
  if (error.code === 'too-many-attempts')
    return `Too many attempts. Try again ${waitWords(error.retryAfter)}.`;
  if (error.code === 'redis-away') return 'Redis does not answer; nobody can sign in until it is back.';
  if (error.code === 'redis-full') return 'Redis has no memory left; nobody can sign in until it has.';
  if (error.code === 'unreachable') return 'The server cannot be reached.';
  return `${error.message}${error.requestId === '' ? '' : ` (request ${error.requestId})`}`;
}

function waitWords(seconds: number | undefined): string {
  if (seconds === undefined) return 'later';
  return seconds < 100 ? `in ${Math.ceil(seconds)} s` : `in ${Math.ceil(seconds / 60)} minutes`;
}
