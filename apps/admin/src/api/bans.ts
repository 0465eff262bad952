import {
  banDryRunSchema,
  banListSchema,
  banQuerySchema,
  banRequestSchema,
  formatBanTarget,
  operationSchema,
} from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { audit } from '../access/audit.ts';
import type { Actions } from '../actions/actions.ts';
import { devicesBehind } from '../actions/behind.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { App } from '../http/app.ts';

const tags = ['bans'];

/**
 * `GET /api/v1/bans`: those in force. `POST /api/v1/bans`: a new one, or with `dryRun` who stands behind its target.
 * `DELETE /api/v1/bans/:target`: ends one; the target is percent-encoded as a whole.
 */
export function banRoutes(app: App, actions: Actions, fleet: Fleet): void {
  const { bans, idempotency } = actions;

  app.get(
    '/api/v1/bans',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Bans in force, the newest 500 at the most; the one that ends next first',
        tags,
        querystring: banQuerySchema,
        response: { 200: banListSchema },
      },
    },
    async ({ query: { target, exactly } }) => ({
      ...(await (exactly === undefined ? bans.list(target) : bans.listOne(exactly))),
      at: fleet.clock.now(),
    }),
  );

  app.post(
    '/api/v1/bans',
    {
      config: { needs: 'admin', audit: 'ban.put' },
      schema: {
        summary: 'Keep a client id, a user, an address or a prefix out until a time',
        tags,
        body: banRequestSchema,
        response: { 200: banDryRunSchema, 202: operationSchema },
      },
    },
    async (request, reply) => {
      const { reason, until, dryRun } = request.body;
      const target = bans.targetOf(request.body.target);
      bans.checkEnd(until);
      if (dryRun === true) {
        request.isAudited = true; // it changes nothing
        return reply.code(200).send(await devicesBehind(target, fleet));
      }
      const operation = await idempotency.once(request, async () => {
        const facts = { action: 'ban.put', target: formatBanTarget(target), reason, detail: { until } };
        await audit(request, { ...facts, result: 'accepted' });
        const by = request.operator.name;
        return bans.ban(target, { until, reason, by }, actions.auditEnd(request, facts));
      });
      return reply.code(202).send(operation);
    },
  );

  app.delete(
    '/api/v1/bans/:target',
    {
      config: { needs: 'admin', audit: 'ban.remove' },
      schema: {
        summary: 'End a ban',
        tags,
        params: z.object({ target: z.string() }),
        response: { 202: operationSchema },
      },
    },
    async (request, reply) => {
      const target = bans.targetOf(request.params.target);
      const operation = await idempotency.once(request, async () => {
        const facts = { action: 'ban.remove', target: formatBanTarget(target) };
        await audit(request, { ...facts, result: 'accepted' });
        return bans.unban(target, request.operator.name, actions.auditEnd(request, facts));
      });
      return reply.code(202).send(operation);
    },
  );
}
