import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import { systemClock, withDeadline } from '@tributary/runtime';
import type { Access } from './access/access.ts';
import { guardAccess } from './access/guard.ts';
import { requireNeeds } from './access/require-needs.ts';
import { actionRoutes } from './api/actions.ts';
import { auditRoutes } from './api/audit.ts';
import { banRoutes } from './api/bans.ts';
import { credentialRoutes } from './api/credentials.ts';
import { deviceRoutes } from './api/devices.ts';
import { exportRoutes } from './api/export.ts';
import { fleetRoutes } from './api/fleet.ts';
import { nodeRoutes } from './api/nodes.ts';
import { collectOpenApi, openApiRoutes } from './api/openapi.ts';
import { operatorRoutes } from './api/operators.ts';
import { preferenceRoutes } from './api/preferences.ts';
import { sessionRoutes } from './api/session.ts';
import { tokenRoutes } from './api/tokens.ts';
import { traceRoutes } from './api/traces.ts';
import type { AdminConfig } from './config.ts';
import type { Fleet } from './fleet/fleet.ts';
import { hostOf, isLoopbackAddress } from './http/addresses.ts';
import { createApp, type App } from './http/app.ts';
import { OwnCertificate } from './http/own-certificate.ts';
import { guardOrigin } from './http/origin-guard.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { buildIdOf, serveWeb } from './http/static-web.ts';
import { LiveFeed } from './live/live-feed.ts';
import { channelsOf, makeParts, startParts, stopParts, type Parts, type Tools } from './parts.ts';

export interface AdminServer {
  /** `http://127.0.0.1:18083`, with the port actually taken. */
  readonly address: string;
  readonly fleet: Fleet;
  readonly access: Access;
  /** Closes sockets and connections; idempotent, and done within two seconds whether or not Redis answers. */
  stop(): Promise<void>;
}

export interface AdminParts extends Omit<Tools, 'clock'>, Partial<Pick<Tools, 'clock'>> {
  /** Folder of the built page; without it only the API is served. */
  readonly webRoot?: string;
}

const stopWithinMs = 2000;
/** The start waits for a Redis that can be reached, so that the first operator is there when it says ready. */
const knownWithinMs = 10_000;

/** Builds the parts in the order a value passes them: Redis → fleet → API and feed → browser. */
export async function startAdmin(config: AdminConfig, given: AdminParts): Promise<AdminServer> {
  const { logger, webRoot } = given;
  const build = webRoot === undefined ? undefined : await buildIdOf(webRoot);
  if (build === undefined) logger.warn({ webRoot }, 'the page is not built, serving the API alone');
  const { tls, trustedProxies } = config.admin;
  const certificate = tls === undefined ? undefined : new OwnCertificate(tls, logger);
  const ownCertificate = () => certificate?.state ?? null;
  const parts = makeParts(config, { ownCertificate, ...given, clock: given.clock ?? systemClock });
  const app = createApp({ logger, certificate, trustedProxies });
  await guard(app, config, parts, build);
  addRoutes(app, parts, build);
  await serveWeb(app, build === undefined ? undefined : webRoot);
  await app.listen({ host: config.admin.host, port: config.admin.port });
  const isAway = new Promise<void>((resolve) => parts.store.redis.once('close', () => resolve()));
  startParts(parts);
  await withDeadline(Promise.race([parts.access.known, isAway]), knownWithinMs, () => undefined);
  return {
    address: addressOf(app, config),
    fleet: parts.fleet,
    access: parts.access,
    stop: async () => {
      const stopped = Promise.all([app.close(), stopParts(parts)]).then(() => undefined);
      await withDeadline(stopped, stopWithinMs, () => undefined);
    },
  };
}

/** What every request passes before its route: in this order, and the live feed first, which closes refused upgrades. */
async function guard(
  app: App,
  { admin }: AdminConfig,
  parts: Parts,
  build: string | undefined,
): Promise<void> {
  const { access, refusals, store, clock } = parts;
  const makers = channelsOf(parts);
  const feed = new LiveFeed({ clock, makers, access }, { ...admin.feed, build: build ?? 'none' });
  await feed.prepare(app);
  await addSecurityHeaders(app, admin);
  guardOrigin(app, {
    scheme: admin.tls === undefined ? 'http' : 'https',
    isLoopbackOnly: isLoopbackAddress(admin.host),
    publicOrigins: admin.publicOrigins,
  });
  await app.register(fastifyCookie);
  app.decorate('auditLog', access.auditLog);
  requireNeeds(app);
  guardAccess(app, access, refusals, store);
  await collectOpenApi(app);
  feed.open(app);
}

function addRoutes(app: App, parts: Parts, build = 'none'): void {
  const { access, actions, clock, fleet, insight, keys, store } = parts;
  fleetRoutes(app, fleet);
  nodeRoutes(app, fleet);
  deviceRoutes(app, fleet);
  exportRoutes(app, fleet);
  insight.routes(app);
  actionRoutes(app, actions, fleet);
  banRoutes(app, actions, fleet);
  credentialRoutes(app, actions, clock.now);
  traceRoutes(app, actions, clock.now);
  sessionRoutes(app, { access, clock, build });
  preferenceRoutes(app, { store, keys });
  operatorRoutes(app, { access, store, keys, clock });
  tokenRoutes(app, { access, store, keys, clock });
  auditRoutes(app, { store, keys, clock });
  openApiRoutes(app);
}

function addressOf(app: App, { admin }: AdminConfig): string {
  const { address, port } = app.server.address() as AddressInfo;
  return `${admin.tls === undefined ? 'http' : 'https'}://${hostOf(reachable(address), port)}`;
}

/** A server on every interface is reached on the loopback. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
