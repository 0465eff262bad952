import { historyQuerySchema, historySchema } from '@tributary/protocol/admin-api';
import { z } from 'zod';
import type { App } from '../http/app.ts';
import type { FleetHistory } from '../history/fleet-history.ts';

const tags = ['history'];

/** `GET /api/v1/fleet/history` and `GET /api/v1/nodes/:node/history`: at most 240 columns, binned by the server. */
export function historyRoutes(app: App, history: FleetHistory): void {
  app.get(
    '/api/v1/fleet/history',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'The fleet over time', tags },
        querystring: historyQuerySchema,
        response: { 200: historySchema },
      },
    },
    (request) => history.read(request.query),
  );

  app.get(
    '/api/v1/nodes/:node/history',
    {
      config: { needs: 'viewer' },
      schema: {
        ...{ summary: 'One node over time: an incarnation, or all of an id', tags },
        params: z.object({ node: z.string().max(256) }),
        querystring: historyQuerySchema.omit({ node: true }),
        response: { 200: historySchema },
      },
    },
    (request) => history.read({ ...request.query, node: request.params.node }),
  );
}
