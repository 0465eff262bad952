import {
  csrfHeader,
  passwordChangeSchema,
  sessionSchema,
  signInSchema,
  type Session,
} from '@tributary/protocol/admin-api';
import type { Clock } from '@tributary/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import { actorOf, audit } from '../access/audit.ts';
import { clearSessionCookie, setSessionCookie } from '../access/credentials.ts';
import { csrfValue } from '../access/guard.ts';
import type { OperatorRecord } from '../access/operator-record.ts';
import { provenOperator, wrongCredentials } from '../access/proven-operator.ts';
import { requireSession } from '../access/require-session.ts';
import { randomId } from '../access/secrets.ts';
import type { SignedIn } from '../access/signed-in.ts';
import { plainAddress } from '../http/addresses.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';

export interface SessionParts {
  access: Access;
  clock: Clock;
  /** Names the page this server serves. */
  build: string;
}

const tags = ['session'];
const path = '/api/v1/session';

/** `/api/v1/session`: signing in and out, who one is, one's own password. */
export function sessionRoutes(app: App, { access, clock, build }: SessionParts): void {
  app.post(
    path,
    {
      config: { needs: 'public', audit: 'session.begin' },
      schema: {
        ...{ tags, summary: 'Sign in', body: signInSchema, response: { 200: sessionSchema } },
        description: 'Answers the cookie of the session. Failed attempts make the next ones wait.',
      },
    },
    async (request, reply) => {
      const { name, password } = request.body;
      const operator = await provenOperator(access, request, name, password);
      access.writes.take(name);
      request.signedIn = signedInAs(name, operator);
      await audit(request, { action: 'session.begin', target: name, result: 'done' });
      // The browser has one cookie: nobody could end the session it stood for any more.
      if (request.credential?.kind === 'session') await access.sessions.end(request.credential.digest);
      return begin(request, reply, operator);
    },
  );

  app.get(
    path,
    {
      config: { needs: 'viewer' },
      schema: { tags, summary: 'Who is signed in, and may do what', response: { 200: sessionSchema } },
    },
    (request) => describe(request.operator, expiryOf(request)),
  );

  app.delete(
    path,
    {
      // Whoever wants to leave may, Redis or not.
      config: { needs: 'viewer', audit: false },
      schema: { tags, summary: 'Sign out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const digest = requireSession(request);
      clearSessionCookie(request, reply);
      access.sessions.forget(digest);
      await audit(request, { action: 'session.end', target: request.operator.name, result: 'done' });
      await access.sessions.end(digest);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${path}/all`,
    {
      config: { needs: 'viewer', audit: 'session.end-all' },
      schema: { tags, summary: 'Sign out everywhere', response: { 204: z.null() } },
    },
    async (request, reply) => {
      requireSession(request);
      await changeSelf(request, 'session.end-all', (own) => ({ ...own, stamp: randomId() }));
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${path}/password`,
    {
      config: { needs: 'viewer', audit: 'session.password' },
      schema: {
        ...{ tags, summary: 'Change the own password', body: passwordChangeSchema },
        description: 'Ends all other sessions of the operator. API tokens stay.',
        response: { 200: sessionSchema },
      },
    },
    async (request, reply) => {
      requireSession(request);
      const { name } = request.operator;
      request.auditTarget = name;
      const before = await provenOperator(access, request, name, request.body.current);
      const password = await access.desk.hash(request.body.next);
      const own = await changeSelf(request, 'session.password', (now) => {
        if (now.stamp !== before.stamp) throw wrongCredentials(request);
        return {
          ...now,
          ...{ password, passwordChangedAt: clock.now(), hasFirstPassword: false, stamp: randomId() },
        };
      });
      return begin(request, reply, own);
    },
  );

  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    operator: OperatorRecord,
  ): Promise<Session> {
    const { name } = request.operator;
    const { secret, record } = await access.sessions.begin({
      name,
      stamp: operator.stamp,
      address: plainAddress(request.ip),
    });
    setSessionCookie(request, reply, secret);
    return describe(request.operator, access.sessions.expiryOf(record));
  }

  /** Changes whoever asks, audited. @returns what they are now */
  async function changeSelf(
    request: FastifyRequest,
    action: string,
    edit: (own: OperatorRecord) => OperatorRecord,
  ): Promise<OperatorRecord> {
    const { name } = request.operator;
    let changed: OperatorRecord | undefined;
    await access.change(actorOf(request), { action, target: name, result: 'done' }, ({ operators }) => {
      const own = operators.get(name);
      if (own === undefined) throw new HttpProblem(401, 'not-signed-in', 'this operator was removed');
      changed = edit(own);
      return [{ kind: 'operator', field: name, value: JSON.stringify(changed) }];
    });
    request.isAudited = true;
    return changed!;
  }

  function describe(operator: SignedIn, expiresAt: number | null): Session {
    return {
      ...operator,
      csrf: { header: csrfHeader, value: csrfValue },
      hasFirstPassword: access.book.page.operators.get(operator.name)?.hasFirstPassword ?? false,
      ...{ expiresAt, build, at: clock.now() },
    };
  }

  function expiryOf({ credential }: FastifyRequest): number | null {
    if (credential === undefined) return null;
    if (credential.kind === 'session') {
      const record = access.sessions.held(credential.digest);
      return record === undefined ? null : access.sessions.expiryOf(record);
    }
    const id = access.book.tokenIdOf(credential.digest) ?? '';
    return access.book.page.tokens.get(id)?.expiresAt ?? null;
  }
}

function signedInAs(name: string, { role, canReadPayload }: OperatorRecord): SignedIn {
  return { name, role, canReadPayload, via: 'session' };
}
