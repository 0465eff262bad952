import type { RouteOptions } from 'fastify';
import { operatorOf } from './signed-in.ts';
import type { App } from '../http/app.ts';

/** Paths of the built page, which is the same for everybody: `@fastify/static` adds them by itself. */
const pagePaths = new Set(['/', '/*']);

/**
 * From here on a route that does not say what its caller must be cannot be added, so that none is open by oversight.
 * Decorates requests with `operator`, too.
 * @throws Error out of `app.get(…)` and its like, naming the route
 */
export function requireNeeds(app: App): void {
  app.decorateRequest('signedIn', undefined);
  app.decorateRequest('isAudited', false);
  app.decorateRequest('auditedFacts', undefined);
  app.decorateRequest('operator', { getter: operatorOf });
  app.addHook('onRoute', checkRoute);
}

function checkRoute({ config, url, method }: RouteOptions): void {
  if (config?.needs !== undefined || (pagePaths.has(url) && isRead(method))) return;
  throw new Error(`${String(method)} ${url} does not say what it needs: give it config.needs`);
}

function isRead(method: string | readonly string[]): boolean {
  const methods = typeof method === 'string' ? [method] : method;
  return methods.every((one) => one === 'GET' || one === 'HEAD');
}
