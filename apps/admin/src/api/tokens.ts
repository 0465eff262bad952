import {
  mayDo,
  newTokenSchema,
  tokenListSchema,
  tokenMadeSchema,
  type NewToken,
  type TokenView,
} from '@tributary/protocol/admin-api';
import type { Keys, Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import { actorOf } from '../access/audit.ts';
import { tokenPrefix } from '../access/credentials.ts';
import type { TokenRecord } from '../access/operator-record.ts';
import { requireSession } from '../access/require-session.ts';
import { digestOf, randomId, randomSecret } from '../access/secrets.ts';
import type { SignedIn } from '../access/signed-in.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';

export interface TokenParts {
  access: Access;
  store: Store;
  keys: Keys;
  clock: Clock;
}

const tags = ['access'];
const path = '/api/v1/tokens';
const maxTokensEach = 20;

/** `/api/v1/tokens`: API tokens, everybody's own; an admin sees and removes all. */
export function tokenRoutes(app: App, { access, store, keys, clock }: TokenParts): void {
  app.get(
    path,
    {
      config: { needs: 'viewer' },
      schema: { tags, summary: 'Own API tokens; for an admin all', response: { 200: tokenListSchema } },
    },
    async (request) => {
      const uses = await ask(store, (redis) => redis.hgetall(keys.operatorTokenUses));
      const visible = [...access.book.page.tokens].filter(([, { owner }]) =>
        isTheirs(owner, request.operator),
      );
      return { items: visible.map(([id, record]) => tokenView(id, record, uses[id])) };
    },
  );

  app.post(
    path,
    {
      config: { needs: 'viewer', audit: 'token.create' },
      schema: {
        ...{ tags, summary: 'Make an API token for oneself', body: newTokenSchema },
        description: 'The secret is told in this answer alone; send it as `Authorization: Bearer …`.',
        response: { 201: tokenMadeSchema },
      },
    },
    async (request, reply) => {
      requireSession(request);
      requireOwnRights(request.body, request.operator);
      const { label, role, canReadPayload, lifetimeMs } = request.body;
      const [id, secret, now] = [randomId(), tokenPrefix + randomSecret(), clock.now()];
      const record: TokenRecord = {
        ...{ label, role, canReadPayload, owner: request.operator.name, createdAt: now },
        digest: digestOf(secret.slice(tokenPrefix.length)),
        expiresAt: lifetimeMs === null ? null : now + lifetimeMs,
      };
      const detail = { label, role, canReadPayload, expiresAt: record.expiresAt };
      const entry = { action: 'token.create', target: id, detail, result: 'done' } as const;
      await access.change(actorOf(request), entry, ({ tokens }) => {
        requireRoom(tokens, record.owner);
        return [{ kind: 'token', field: id, value: JSON.stringify(record) }];
      });
      request.isAudited = true;
      reply.code(201);
      return { token: tokenView(id, record, undefined), secret };
    },
  );

  app.delete(
    `${path}/:id`,
    {
      config: { needs: 'viewer', audit: 'token.remove' },
      schema: {
        ...{ tags, summary: 'Remove an API token', params: z.object({ id: z.string().max(64) }) },
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const owner = access.book.page.tokens.get(id)?.owner ?? '';
      const entry = { action: 'token.remove', target: id, detail: { owner }, result: 'done' } as const;
      await access.change(actorOf(request), entry, ({ tokens }) => {
        const token = tokens.get(id);
        // Whose it is, is nobody else's business: to others it is not there.
        if (token === undefined || !isTheirs(token.owner, request.operator)) {
          throw new HttpProblem(404, 'token-not-found', 'there is no such token of yours');
        }
        return [{ kind: 'token', field: id }];
      });
      request.isAudited = true;
      return reply.code(204).send(null);
    },
  );
}

function isTheirs(owner: string, { name, role }: SignedIn): boolean {
  return owner === name || role === 'admin';
}

function requireOwnRights({ role, canReadPayload }: NewToken, own: SignedIn): void {
  if (mayDo(own.role, role) && (own.canReadPayload || canReadPayload !== true)) return;
  throw new HttpProblem(403, 'more-than-own-rights', 'a token may not have more rights than you have');
}

function requireRoom(tokens: ReadonlyMap<string, TokenRecord>, owner: string): void {
  const count = [...tokens.values()].filter((token) => token.owner === owner).length;
  if (count < maxTokensEach) return;
  throw new HttpProblem(409, 'too-many-tokens', `you have ${maxTokensEach} tokens; remove one first`);
}

function tokenView(id: string, record: TokenRecord, lastUsed: string | undefined): TokenView {
  const { label, owner, role, canReadPayload, createdAt, expiresAt } = record;
  const lastUsedAt = lastUsed === undefined ? null : Number(lastUsed);
  return { id, label, owner, role, canReadPayload, createdAt, expiresAt, lastUsedAt };
}
