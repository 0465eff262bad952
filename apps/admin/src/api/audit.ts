import { auditListSchema, auditQuerySchema } from '@tributary/protocol/admin-api';
import type { Keys, Store } from '@tributary/backplane';
import type { Clock } from '@tributary/runtime';
import { isEntryId, readAudit } from '../access/audit-reader.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import { ask } from '../redis/ask.ts';

export interface AuditParts {
  store: Store;
  keys: Keys;
  clock: Clock;
}

/** `GET /api/v1/audit`: who did what, newest first. The cursor is the id of the last entry of the page before. */
export function auditRoutes(app: App, { store, keys, clock }: AuditParts): void {
  app.get(
    '/api/v1/audit',
    {
      config: { needs: 'operator' },
      schema: {
        ...{ tags: ['access'], summary: 'Who did what, newest first' },
        description: 'A page may have fewer entries than asked for, even none, and still go on.',
        ...{ querystring: auditQuerySchema, response: { 200: auditListSchema } },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      if (cursor !== undefined && !isEntryId(cursor)) {
        throw new HttpProblem(400, 'bad-cursor', 'the cursor is none of the audit; begin again without it');
      }
      const range = { limit, before: cursor };
      const { items, next } = await ask(store, (redis) => readAudit(redis, keys.audit, filter, range));
      return { items, nextCursor: next ?? null, at: clock.now() };
    },
  );
}
