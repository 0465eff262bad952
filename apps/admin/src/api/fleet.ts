import { fleetSchema, groupsQuerySchema, groupsSchema } from '@tributary/protocol/admin-api';
import type { Fleet } from '../fleet/fleet.ts';
import { readFilter } from '../fleet/query/filter-problem.ts';
import { isGroupKey } from '../fleet/query/worst-groups.ts';
import type { App } from '../http/app.ts';
import { HttpProblem } from '../http/problem.ts';

const tags = ['fleet'];

/** `GET /api/v1/fleet`: the fleet in a few numbers. `GET /api/v1/fleet/groups`: which groups of devices are worst off. */
export function fleetRoutes(app: App, fleet: Fleet): void {
  app.get(
    '/api/v1/fleet',
    {
      config: { needs: 'viewer' },
      schema: { tags, summary: 'The fleet in a few numbers', response: { 200: fleetSchema } },
    },
    () => fleet.summary(),
  );

  app.get(
    '/api/v1/fleet/groups',
    {
      config: { needs: 'viewer' },
      schema: {
        tags,
        summary: 'Groups of devices, the worst against the rest first',
        querystring: groupsQuerySchema,
        response: { 200: groupsSchema },
      },
    },
    (request) => {
      const { by, q, limit } = request.query;
      if (by !== undefined && !isGroupKey(by))
        throw new HttpProblem(400, 'bad-group', 'devices cannot be grouped by this; a tag is tag.NAME');
      const moment = fleet.moment();
      return fleet.groups.answer(fleet.index, { by, conditions: readFilter(q), limit }, moment);
    },
  );
}
