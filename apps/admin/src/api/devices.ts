import { deviceDetailSchema, deviceListQuerySchema, deviceListSchema } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../fleet/cursor.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { listDevices } from '../fleet/list-devices.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';

/**
 * `GET /api/v1/devices`: a page of the table, from memory. `GET /api/v1/devices/:id`: one device; the id is
 * percent-encoded as a whole, slashes too.
 */
export function deviceRoutes(app: App, fleet: Fleet): void {
  app.get(
    '/api/v1/devices',
    {
      config: { needs: 'viewer' },
      schema: { querystring: deviceListQuerySchema, response: { 200: deviceListSchema } },
    },
    (request) => {
      const { limit, sort, q, cursor } = request.query;
      const after = cursor === undefined ? undefined : decodeCursor(cursor, sort);
      if (cursor !== undefined && after === undefined) {
        throw new HttpProblem(
          400,
          'bad-cursor',
          'the cursor is not one of this list and order; begin again without it',
        );
      }
      const { now, at, index } = momentOf(fleet);
      const page = listDevices(index, { limit, sort, prefix: q, after }, now, at);
      return {
        items: page.slots.map((slot) => index.row(slot, now, at)),
        total: page.total,
        nextCursor: page.next === undefined ? null : encodeCursor(sort, page.next),
        order: '',
        at: now,
      };
    },
  );

  app.get(
    '/api/v1/devices/:id',
    {
      config: { needs: 'viewer' },
      schema: { params: z.object({ id: z.string() }), response: { 200: deviceDetailSchema } },
    },
    (request) => {
      const { now, at, index } = momentOf(fleet);
      const slot = index.slotOf(request.params.id);
      if (slot === undefined)
        throw new HttpProblem(404, 'device-not-found', 'no device of this id has a record');
      return index.detail(slot, now, at);
    },
  );
}

function momentOf(fleet: Fleet): { now: number; at: number; index: Fleet['index'] } {
  return { now: fleet.clock.now(), at: fleet.clock.monotonic(), index: fleet.index };
}
