import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problem.ts';

/**
 * The digest of the session a request belongs to.
 * @throws HttpProblem 403 `needs-session` for an API token: one that leaked must not be able to outlive its removal
 */
export function requireSession({ credential }: FastifyRequest): string {
  if (credential?.kind === 'session') return credential.digest;
  throw new HttpProblem(403, 'needs-session', 'this is for people who signed in, not for API tokens');
}
