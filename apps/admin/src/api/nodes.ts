import { nodeListSchema } from '@tributary/protocol/admin-api';
import type { App } from '../http/app.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** `GET /api/v1/nodes`: every listed gateway node, in order of name. A fleet has few, so there are no pages. */
export function nodeRoutes(app: App, fleet: Fleet): void {
  app.get(
    '/api/v1/nodes',
    {
      config: { needs: 'viewer' },
      schema: { summary: 'Gateway nodes', tags: ['nodes'], response: { 200: nodeListSchema } },
    },
    () => ({
      items: fleet.nodes.views(fleet.clock.monotonic()),
      at: fleet.clock.now(),
    }),
  );
}
