import {
  newOperatorSchema,
  operatorChangeSchema,
  operatorListSchema,
  operatorMadeSchema,
  operatorNameSchema,
  type OperatorChange,
} from '@tributary/protocol/admin-api';
import type { Keys, Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { z } from 'zod';
import type { Access } from '../access/access.ts';
import { actorOf } from '../access/audit.ts';
import { newRecord } from '../access/first-operator.ts';
import type { Page } from '../access/operator-book.ts';
import { operatorView, type OperatorRecord } from '../access/operator-record.ts';
import { requireSession } from '../access/require-session.ts';
import { randomId, readablePassword } from '../access/secrets.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';

const tags = ['access'];
const path = '/api/v1/operators';
/** They are all in memory, and all are read again after each change. */
const maxOperators = 500;
// Only the length is bounded: a name that cannot be is simply not found.
const params = z.object({ name: z.string().max(256) });

export interface OperatorParts {
  access: Access;
  store: Store;
  keys: Keys;
  clock: Clock;
}

/**
 * `/api/v1/operators`: who may sign in, for admins. Changing them takes somebody who signed in: a token that leaked could
 * else make itself an operator, with rights it does not have.
 */
export function operatorRoutes(app: App, { access, store, keys, clock }: OperatorParts): void {
  const viewOf = (name: string, page = access.book.page) => operatorView(name, recordOf(page, name));

  app.get(
    path,
    {
      config: { needs: 'admin' },
      schema: { tags, summary: 'All operators, in order of name', response: { 200: operatorListSchema } },
    },
    () => {
      const { operators } = access.book.page;
      return { items: [...operators.keys()].toSorted().map((name) => viewOf(name)) };
    },
  );

  app.post(
    path,
    {
      config: { needs: 'admin', audit: 'operator.create' },
      schema: {
        ...{
          tags,
          summary: 'Make an operator',
          body: newOperatorSchema,
          response: { 201: operatorMadeSchema },
        },
        description: 'Without a password one is made, and told in this answer alone.',
      },
    },
    async (request, reply) => {
      const { name, role, canReadPayload, password = readablePassword() } = request.body;
      request.auditTarget = name;
      requireSession(request);
      const createdBy = request.operator.name;
      const facts = { role, canReadPayload, createdBy };
      const value = JSON.stringify(await newRecord(access, password, facts, clock.now()));
      const entry = { action: 'operator.create', target: name, detail: { role, canReadPayload } };
      await access.change(actorOf(request), { ...entry, result: 'done' }, ({ operators }) => {
        if (operators.has(name)) throw new HttpProblem(409, 'operator-exists', 'there is one of this name');
        if (operators.size >= maxOperators) {
          throw new HttpProblem(409, 'too-many-operators', `there may be ${maxOperators}`);
        }
        return [{ kind: 'operator', field: name, value }];
      });
      request.isAudited = true;
      reply.code(201);
      return { operator: viewOf(name), ...(request.body.password === undefined ? { password } : {}) };
    },
  );

  app.patch(
    `${path}/:name`,
    {
      config: { needs: 'admin', audit: 'operator.change' },
      schema: {
        ...{ tags, summary: 'Change an operator', params, body: operatorChangeSchema },
        description:
          "Ends the operator's sessions. `password: null` makes a new one, told in this answer alone.",
        response: { 200: operatorMadeSchema },
      },
    },
    async (request) => {
      const { name } = request.params;
      request.auditTarget = nameForAudit(name);
      requireSession(request);
      recordOf(access.book.page, name);
      const made = request.body.password === null ? readablePassword() : undefined;
      const newPassword = made ?? request.body.password ?? undefined;
      const password = newPassword === undefined ? undefined : await access.desk.hash(newPassword);
      const entry = { action: 'operator.change', target: name, detail: withoutPassword(request.body) };
      await access.change(actorOf(request), { ...entry, result: 'done' }, (page) => {
        const before = recordOf(page, name);
        const after: OperatorRecord = {
          ...before,
          role: request.body.role ?? before.role,
          canReadPayload: request.body.canReadPayload ?? before.canReadPayload,
          isDisabled: request.body.isDisabled ?? before.isDisabled,
          ...(password === undefined
            ? {}
            : { password, passwordChangedAt: clock.now(), hasFirstPassword: true }),
          stamp: randomId(),
        };
        requireAdminLeft(page, name, after);
        return [{ kind: 'operator', field: name, value: JSON.stringify(after) }];
      });
      request.isAudited = true;
      return { operator: viewOf(name), ...(made === undefined ? {} : { password: made }) };
    },
  );

  app.delete(
    `${path}/:name`,
    {
      config: { needs: 'admin', audit: 'operator.remove' },
      schema: {
        ...{ tags, summary: 'Remove an operator', params, response: { 204: z.null() } },
        description: 'With all sessions and API tokens.',
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      request.auditTarget = nameForAudit(name);
      requireSession(request);
      const entry = { action: 'operator.remove', target: name, result: 'done' } as const;
      await access.change(actorOf(request), entry, (page) => {
        recordOf(page, name);
        requireAdminLeft(page, name, undefined);
        const tokens = [...page.tokens].filter(([, token]) => token.owner === name);
        return [
          { kind: 'operator', field: name },
          ...tokens.map(([id]) => ({ kind: 'token', field: id }) as const),
        ];
      });
      request.isAudited = true;
      await ask(store, (redis) => redis.hdel(keys.operatorPreferences, name)).catch(() => undefined);
      return reply.code(204).send(null);
    },
  );
}

function recordOf({ operators }: Page, name: string): OperatorRecord {
  const record = operators.get(name);
  if (record === undefined)
    throw new HttpProblem(404, 'operator-not-found', 'there is no operator of this name');
  return record;
}

/** @throws HttpProblem 409 `last-admin` when nobody could manage operators after this change */
function requireAdminLeft({ operators }: Page, changed: string, after: OperatorRecord | undefined): void {
  const left = [...operators].map(([name, record]) => (name === changed ? after : record));
  if (left.some((record) => record?.role === 'admin' && !record.isDisabled)) return;
  throw new HttpProblem(409, 'last-admin', 'this is the last admin; make another one first');
}

function withoutPassword({ password, ...rest }: OperatorChange): Record<string, unknown> {
  return password === undefined ? rest : { ...rest, password: 'changed' };
}

function nameForAudit(name: string): string {
  return operatorNameSchema.safeParse(name).success ? name : 'an unknown name';
}
