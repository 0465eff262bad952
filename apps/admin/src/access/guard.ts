import { csrfHeader, mayDo } from '@tributary/protocol/admin-api';
import type { FastifyRequest } from 'fastify';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Access } from './access.ts';
import { actorOf } from './audit.ts';
import { credentialOf, type Credential } from './credentials.ts';
import type { Refusals } from './refusals.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What `signedIn` was found by. */
    credential: Credential | undefined;
    /** Of a refused write: what it was about, for the audit; its path where a handler does not know better. */
    auditTarget: string;
  }
}

/** The value of the header that no other site's page can send. */
export const csrfValue = '1';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets a request pass that may do what its route needs, and audits writes that were refused. Comes after the cookies are
 * parsed and before everything that acts.
 */
export function guardAccess(app: App, access: Access, refusals: Refusals, store: { isUp: boolean }): void {
  app.decorateRequest('credential', undefined);
  app.decorateRequest('auditTarget', '');
  app.addHook('onRequest', async (request) => {
    if (!request.is404) await admit(request, access, store);
  });
  app.addHook('onResponse', (request, reply, done) => {
    auditRefusal(request, reply.statusCode, refusals);
    done();
  });
}

async function admit(request: FastifyRequest, access: Access, store: { isUp: boolean }): Promise<void> {
  const { needs = 'public', audit } = request.routeOptions.config;
  request.credential = credentialOf(request);
  if (needs !== 'public') {
    request.signedIn =
      request.credential === undefined ? undefined : await access.identify(request.credential);
    if (request.signedIn === undefined) {
      throw new HttpProblem(401, 'not-signed-in', 'sign in, or send an API token');
    }
    if (!mayDo(request.signedIn.role, needs)) {
      throw new HttpProblem(
        403,
        'forbidden',
        `this needs the role ${needs}, and you have ${request.signedIn.role}`,
      );
    }
  }
  if (reads.has(request.method)) return;
  if (request.signedIn?.via !== 'token') requireCsrfHeader(request);
  if (audit === false) return;
  if (request.signedIn !== undefined) access.writes.take(request.signedIn.name);
  if (!store.isUp) {
    throw new HttpProblem(
      503,
      'redis-away',
      'Redis does not answer; nothing can be changed until it is back',
    );
  }
}

/** A form or a simple request of another site cannot carry this header; one that could needs a preflight we refuse. */
function requireCsrfHeader(request: FastifyRequest): void {
  if (request.headers[csrfHeader] === csrfValue) return;
  throw new HttpProblem(403, 'csrf', `writes need the header ${csrfHeader}: ${csrfValue}`);
}

function auditRefusal(request: FastifyRequest, status: number, refusals: Refusals): void {
  const { needs, audit } = request.routeOptions.config;
  if (request.is404 || needs === undefined || reads.has(request.method)) return;
  if (request.isAudited) return auditFailure(request, status);
  if (audit === false) return;
  const action = audit ?? `${request.method} ${request.routeOptions.url ?? ''}`;
  if (status < 400) {
    request.log.error({ action }, 'a write was answered that is not in the audit');
    return;
  }
  const target = request.auditTarget || pathOf(request.url);
  refusals.note(actorOf(request), { action, target, code: request.problemCode || String(status) });
}

/** What was accepted and then answered with an error: nobody must take it for done. */
function auditFailure(request: FastifyRequest, status: number): void {
  const { auditedFacts: facts, problemCode, server } = request;
  if (status < 400 || facts === undefined) return;
  const detail = { ...facts.detail, code: problemCode || String(status) };
  server.auditLog
    .append(actorOf(request), { ...facts, result: 'failed', detail })
    .catch((error: unknown) =>
      request.log.error({ err: error, action: facts.action }, 'a failure is missing in the audit'),
    );
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
