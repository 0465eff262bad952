import { fleetSchema } from '@tributary/protocol/admin-api';
import type { App } from '../http/app.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** `GET /api/v1/fleet`: the fleet in a few numbers. */
export function fleetRoutes(app: App, fleet: Fleet): void {
  app.get('/api/v1/fleet', { config: { needs: 'viewer' }, schema: { response: { 200: fleetSchema } } }, () =>
    fleet.summary(),
  );
}
