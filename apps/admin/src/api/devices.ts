import {
  deviceDetailSchema,
  type DeviceList,
  deviceListQuerySchema,
  type DeviceListQuery,
  deviceListSchema,
  type OrderState,
  orderStateSchema,
} from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../fleet/cursor.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Condition, Moment } from '../fleet/query/condition.ts';
import { readFilter } from '../fleet/query/filter-problem.ts';
import type { ListPage, PageEnd } from '../fleet/query/list-devices.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';

const tags = ['devices'];

/**
 * `GET /api/v1/devices`: a page of the table, from memory. `GET /api/v1/devices/:id`: one device; the id is
 * percent-encoded as a whole, slashes too. `GET /api/v1/devices/orders/:order`: how far a list has aged.
 */
export function deviceRoutes(app: App, fleet: Fleet): void {
  app.get(
    '/api/v1/devices',
    {
      config: { needs: 'viewer' },
      schema: {
        tags,
        summary: 'Devices that match a filter, page by page',
        querystring: deviceListQuerySchema,
        response: { 200: deviceListSchema },
      },
    },
    (request) => answerList(fleet, request.query),
  );

  app.get(
    '/api/v1/devices/orders/:order',
    {
      config: { needs: 'viewer' },
      schema: {
        tags,
        summary: 'What sorting a list anew would change',
        params: z.object({ order: z.string().max(64) }),
        response: { 200: orderStateSchema },
      },
    },
    (request) => answerOrder(fleet, request.params.order),
  );

  app.get(
    '/api/v1/devices/:id',
    {
      config: { needs: 'viewer' },
      schema: {
        tags,
        summary: 'One device',
        params: z.object({ id: z.string() }),
        response: { 200: deviceDetailSchema },
      },
    },
    (request) => {
      const { nowMs, at } = fleet.moment();
      const slot = fleet.index.slotOf(request.params.id);
      if (slot === undefined)
        throw new HttpProblem(404, 'device-not-found', 'no device of this id has a record');
      return fleet.index.detail(slot, nowMs, at);
    },
  );
}

async function answerList(
  fleet: Fleet,
  { limit, sort, q, cursor, facets }: DeviceListQuery,
): Promise<DeviceList> {
  const conditions = readFilter(q);
  const after = cursor === undefined ? undefined : readCursor(cursor, sort);
  const { lists, index } = fleet;
  const moment = fleet.moment();
  const page = await lists.page(index, { conditions, sort, limit, after }, moment);
  const list: DeviceList = {
    items: page.slots.map((slot) => index.row(slot, moment.nowMs, moment.at)),
    total: page.total,
    nextCursor: page.next === undefined ? null : encodeCursor(sort, page.next),
    order: page.order,
    at: moment.nowMs,
  };
  if (facets !== undefined && after === undefined)
    list.facets = await lists.facets(index, conditions, moment);
  return { ...list, ...(await blame(fleet, conditions, page, moment)) };
}

/** For an empty list of several conditions: which of them empties it. */
async function blame(fleet: Fleet, conditions: readonly Condition[], page: ListPage, moment: Moment) {
  if (page.total > 0 || conditions.length === 0) return {};
  return { without: await fleet.lists.without(fleet.index, conditions, moment) };
}

async function answerOrder(fleet: Fleet, order: string): Promise<OrderState> {
  const moment = fleet.moment();
  const changes = await fleet.lists.changes(fleet.index, order, moment);
  return {
    ...(changes ?? { moved: 0, added: 0 }),
    isExpired: changes === undefined,
    at: moment.nowMs,
  };
}

function readCursor(cursor: string, sort: DeviceListQuery['sort']): PageEnd {
  const after = decodeCursor(cursor, sort);
  if (after !== undefined) return after;
  const says = 'the cursor is not one of this list and order; begin again without it';
  throw new HttpProblem(400, 'bad-cursor', says);
}
