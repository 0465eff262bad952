import { isLinkError, isReplyError, type Store } from '@tributary/backplane';
import type { Redis } from 'ioredis';
import { HttpProblem } from '../http/problem.ts';

/**
 * Runs short commands for a request of the API.
 * @throws HttpProblem 503 `redis-away` when Redis is not there, goes meanwhile or cannot serve just now; 503 `redis-full`
 *   when it has no memory for it; its other refusals as they are
 */
export async function ask<T>(store: Store, commands: (redis: Redis) => Promise<T>): Promise<T> {
  if (!store.isUp) throw awayProblem(store.why);
  try {
    return await commands(store.redis);
  } catch (error) {
    throw problemOf(error);
  }
}

/**
 * As `ask`, for commands that change something. When Redis goes before it has answered, the problem says that they may
 * have been done all the same.
 */
export async function askForChange<T>(store: Store, commands: (redis: Redis) => Promise<T>): Promise<T> {
  if (!store.isUp) throw awayProblem(store.why);
  try {
    return await ask(store, commands);
  } catch (error) {
    throw isAnswered(error) ? error : unsureProblem(error);
  }
}

/** Redis said no, or we asked wrongly: nothing was done. */
function isAnswered(error: unknown): boolean {
  return !(error instanceof HttpProblem) || error.code !== 'redis-away' || isReplyError(error.cause);
}

function problemOf(error: unknown): unknown {
  if (error instanceof HttpProblem || isOurFault(error)) return error;
  if (!isReplyError(error) || isLinkError(error)) return awayProblem(error);
  if (!error.message.startsWith('OOM')) return error;
  return new HttpProblem(503, 'redis-full', 'Redis has no memory left; nothing can be changed until it has');
}

/** What the language throws is a mistake in the commands, not an outage. */
function isOurFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

function awayProblem(cause: unknown): HttpProblem {
  const problem = new HttpProblem(503, 'redis-away', 'Redis does not answer; try again when it is back');
  problem.cause = cause;
  return problem;
}

function unsureProblem(cause: unknown): HttpProblem {
  const words =
    'Redis stopped answering meanwhile: whether it was done is not known; look before you try again';
  const problem = new HttpProblem(503, 'redis-away', words);
  problem.cause = cause;
  problem.mayBeDone = true;
  return problem;
}
