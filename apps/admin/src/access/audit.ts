import type { FastifyRequest } from 'fastify';
import { plainAddress } from '../http/addresses.ts';
import type { Actor, AuditFacts, AuditLog } from './audit-log.ts';

declare module 'fastify' {
  interface FastifyInstance {
    auditLog: AuditLog;
  }
  interface FastifyRequest {
    /** Whether this request has an entry in the audit already. */
    isAudited: boolean;
    /** What its entry says; undefined when a script wrote it together with what was done. */
    auditedFacts: AuditFacts | undefined;
  }
}

/**
 * Writes what a request does to the audit. Await it **before** acting: an action that could not be audited must not
 * happen. What comes of a long action later is a second entry: `app.auditLog.append(actorOf(request), …)`.
 * Refusals need no call: a write that is answered with an error before it called this is audited by the guard, with the
 * problem's code; and one that is answered with an error afterwards has a second entry, `failed`.
 * @throws HttpProblem 503 `redis-away` when Redis does not take it
 */
export async function audit(request: FastifyRequest, facts: AuditFacts): Promise<void> {
  await request.server.auditLog.append(actorOf(request), facts);
  request.isAudited = true;
  request.auditedFacts = facts;
}

/** Who is behind a request; may be kept longer than the request. */
export function actorOf(request: FastifyRequest): Actor {
  const { signedIn } = request;
  return {
    who: signedIn?.name ?? '',
    role: signedIn?.role ?? '',
    via: signedIn?.via ?? 'none',
    address: plainAddress(request.ip),
    requestId: request.id,
  };
}
