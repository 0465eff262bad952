import {
  disconnectSchema,
  dryRunSchema,
  mayDo,
  operationListSchema,
  operationSchema,
  type DryRun,
  type Operation,
} from '@tributary/protocol/admin-api';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audit } from '../access/audit.ts';
import type { Actions } from '../actions/actions.ts';
import { candidates } from '../actions/candidates.ts';
import { manyDevices, type FrozenSet } from '../actions/frozen-sets.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Fleet } from '../fleet/fleet.ts';

type Disconnect = z.infer<typeof disconnectSchema>;
type DisconnectSet = Extract<Disconnect, { set: string }>;

const tags = ['actions'];
const idParams = z.object({ id: z.string().max(64) });

/**
 * `POST /api/v1/actions/disconnect`: one device, or many: first a dry run that freezes the set, then the set.
 * `GET /api/v1/operations[/:id]`: where it stands. `POST /api/v1/operations/:id/stop`: no further order is sent.
 */
export function actionRoutes(app: App, actions: Actions, fleet: Fleet): void {
  app.post(
    '/api/v1/actions/disconnect',
    {
      config: { needs: 'operator', audit: 'device.disconnect' },
      schema: {
        summary: 'Disconnect one device, or many by a dry run and then its set',
        tags,
        body: disconnectSchema,
        response: { 200: dryRunSchema, 202: operationSchema },
      },
    },
    async (request, reply) => {
      const { body } = request;
      if ('dryRun' in body) {
        request.isAudited = true; // it changes nothing
        return reply.code(200).send(dryRun(body.q, request, actions, fleet));
      }
      const operation = await actions.idempotency.once(request, () =>
        'set' in body ? disconnectSet(body, request, actions) : disconnectOne(body, request, actions),
      );
      return reply.code(202).send(operation);
    },
  );

  app.get(
    '/api/v1/operations',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'Actions under way, and those that ended within 15 minutes',
        tags,
        response: { 200: operationListSchema },
      },
    },
    () => ({ items: actions.book.list(), at: fleet.clock.now() }),
  );

  app.get(
    '/api/v1/operations/:id',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'Where an action stands',
        tags,
        params: idParams,
        response: { 200: operationSchema },
      },
    },
    (request) => operationOf(request.params.id, actions).view(),
  );

  app.post(
    '/api/v1/operations/:id/stop',
    {
      config: { needs: 'operator', audit: 'operation.stop' },
      schema: {
        summary: 'Ask no further device of an action under way',
        tags,
        params: idParams,
        response: { 200: operationSchema },
      },
    },
    async (request) => {
      const operation = operationOf(request.params.id, actions);
      await audit(request, { action: 'operation.stop', target: operation.facts.id, result: 'done' });
      operation.stop(fleet.clock.now());
      return operation.view();
    },
  );
}

function operationOf(id: string, { book }: Actions): NonNullable<ReturnType<Actions['book']['get']>> {
  const operation = book.get(id);
  if (operation !== undefined) return operation;
  throw new HttpProblem(404, 'operation-not-found', 'this server knows no such operation, or no longer');
}

async function disconnectOne(
  { device, reason }: { device: string; reason: string },
  request: FastifyRequest,
  actions: Actions,
): Promise<Operation> {
  const facts = { action: 'device.disconnect', target: device, reason };
  await audit(request, { ...facts, result: 'accepted' });
  const by = request.operator.name;
  const onEnded = actions.auditEnd(request, facts);
  return actions.disconnects.now({
    ...{ action: 'disconnect', target: device, ids: [device], reason, by, onEnded },
  });
}

/** Freezes the devices of a filter that are connected now, as far as anybody knows. */
function dryRun(q: string, request: FastifyRequest, { sets }: Actions, fleet: Fleet): DryRun {
  return sets.freeze(q, request.operator.name, candidates(q, fleet));
}

/** Characters of a filter that are told of. */
const mostTarget = 512;

async function disconnectSet(
  { set, reason, perSecond, confirmCount }: DisconnectSet,
  request: FastifyRequest,
  actions: Actions,
): Promise<Operation> {
  const { operator } = request;
  const frozen = actions.sets.find(set, operator.name);
  if (frozen === undefined)
    throw new HttpProblem(404, 'set-not-found', 'this set is used, too old, or not yours: make a dry run');
  checkMany(frozen, operator.role, confirmCount);
  actions.checkRoom();
  const { filter, ids, dryRun: found } = frozen;
  // It is told with every step; the hash says exactly which devices they are.
  const target = filter.length > mostTarget ? `${filter.slice(0, mostTarget - 1)}…` : filter;
  const facts = {
    action: 'device.disconnect-many',
    target,
    reason,
    detail: { count: found.count, hash: found.hash, perSecond },
  };
  // Before anything is waited for: the same request twice at once must not act twice.
  actions.sets.take(frozen);
  try {
    await audit(request, { ...facts, result: 'accepted' });
    const onEnded = actions.auditEnd(request, facts);
    const asked = { action: 'disconnect-many', target, ids, reason, by: operator.name, onEnded } as const;
    return await actions.disconnects.paced(asked, perSecond);
  } catch (error) {
    actions.sets.giveBack(frozen);
    throw error;
  }
}

function checkMany(
  { dryRun: { count } }: FrozenSet,
  role: FastifyRequest['operator']['role'],
  typed?: number,
): void {
  if (count === 0) throw new HttpProblem(409, 'empty-set', 'no device of this set is connected');
  if (count <= manyDevices) return;
  if (!mayDo(role, 'admin'))
    throw new HttpProblem(403, 'forbidden', `more than ${manyDevices} devices at once need the role admin`);
  if (typed !== count)
    throw new HttpProblem(409, 'count-not-confirmed', `type the number of devices, ${count}, to confirm`);
}
