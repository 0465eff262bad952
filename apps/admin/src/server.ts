import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import { Keys, Store } from '@tributary/backplane';
import { systemClock, withDeadline, type Clock, type Logger } from '@tributary/runtime';
import { Access, type AccessParts } from './access/access.ts';
import { guardAccess } from './access/guard.ts';
import { defaultCost, type ScryptCost } from './access/password-hash.ts';
import { Refusals } from './access/refusals.ts';
import { requireNeeds } from './access/require-needs.ts';
import { Actions } from './actions/actions.ts';
import { actionRoutes } from './api/actions.ts';
import { auditRoutes } from './api/audit.ts';
import { banRoutes } from './api/bans.ts';
import { deviceRoutes } from './api/devices.ts';
import { exportRoutes } from './api/export.ts';
import { fleetRoutes } from './api/fleet.ts';
import { nodeRoutes } from './api/nodes.ts';
import { collectOpenApi, openApiRoutes } from './api/openapi.ts';
import { operatorRoutes } from './api/operators.ts';
import { sessionRoutes } from './api/session.ts';
import { tokenRoutes } from './api/tokens.ts';
import { traceRoutes } from './api/traces.ts';
import type { AdminConfig } from './config.ts';
import { Fleet } from './fleet/fleet.ts';
import { FleetSync } from './fleet/fleet-sync.ts';
import { hostOf, isLoopbackAddress } from './http/addresses.ts';
import { createApp, type App, type AppOptions } from './http/app.ts';
import { guardOrigin, type OriginRules } from './http/origin-guard.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { buildIdOf, serveWeb } from './http/static-web.ts';
import { Insight } from './history/insight.ts';
import type { ChannelMakers } from './live/channel.ts';
import { FleetChannel } from './live/fleet-channel.ts';
import { LiveFeed } from './live/live-feed.ts';
import { NodesChannel } from './live/nodes-channel.ts';
import { RowsChannel } from './live/rows-channel.ts';

export interface AdminServer {
  /** `http://127.0.0.1:18083`, with the port actually taken. */
  readonly address: string;
  readonly fleet: Fleet;
  readonly access: Access;
  /** Closes sockets and connections; idempotent, and done within two seconds whether or not Redis answers. */
  stop(): Promise<void>;
}

export interface AdminParts {
  logger: Logger;
  /** Folder of the built page; without it only the API is served. */
  webRoot?: string;
  clock?: Clock;
  /** Shows text to whoever started the process: the first password. */
  tell?: (text: string) => void;
  /** What a password's hash costs; tests make it cheap. */
  cost?: ScryptCost;
}

const stopWithinMs = 2000;
/** A request waits no longer than this for a Redis that stands still. */
const requestReplyMs = 1500;
/** The start waits so long for Redis, so that the first operator is there when it says ready. */
const knownWithinMs = 2000;

/** Builds the parts in the order a value passes them: Redis → fleet → API and feed → browser. */
export async function startAdmin(config: AdminConfig, parts: AdminParts): Promise<AdminServer> {
  const { logger, clock = systemClock } = parts;
  const fleet = new Fleet(clock, config.admin);
  const sync = new FleetSync(fleet, { redis: config.redis, maxDevices: config.admin.maxDevices }, logger);
  const store = openStore(config);
  const insight = new Insight({ fleet, store, clock, logger, namespace: config.redis.namespace });
  const actions = new Actions({ fleet, store, clock, logger }, config.redis);
  const build = parts.webRoot === undefined ? undefined : await buildIdOf(parts.webRoot);
  if (build === undefined)
    logger.warn({ webRoot: parts.webRoot }, 'the page is not built, serving the API alone');

  const app = createApp({ logger, ...tlsAndProxies(config) });
  // Operators, sessions and the audit have no partitions.
  const keys = new Keys(config.redis.namespace, 1);
  const access = openAccess(config, parts, { store, keys, clock, logger });
  const refusals = new Refusals(access.auditLog, clock);
  const makers: ChannelMakers = {
    fleet: { everyMs: 1000, open: () => new FleetChannel(fleet) },
    nodes: { everyMs: 1000, open: () => new NodesChannel(fleet) },
    rows: { everyMs: 500, open: ({ ids }) => new RowsChannel(fleet, ids) },
    ...insight.makers(),
    ...actions.makers(),
  };
  const feed = new LiveFeed({ clock, makers, access }, { ...config.admin.feed, build: build ?? 'none' });
  await feed.prepare(app);
  await addSecurityHeaders(app, config.admin);
  guardOrigin(app, originRules(config));
  await app.register(fastifyCookie);
  app.decorate('auditLog', access.auditLog);
  requireNeeds(app);
  guardAccess(app, access, refusals, store);
  await collectOpenApi(app);
  feed.open(app);
  fleetRoutes(app, fleet);
  nodeRoutes(app, fleet);
  deviceRoutes(app, fleet);
  exportRoutes(app, fleet);
  insight.routes(app);
  actionRoutes(app, actions, fleet);
  banRoutes(app, actions, fleet);
  traceRoutes(app, actions, clock.now);
  sessionRoutes(app, { access, clock, build: build ?? 'none' });
  operatorRoutes(app, { access, clock });
  tokenRoutes(app, { access, store, keys, clock });
  auditRoutes(app, { store, keys, clock });
  openApiRoutes(app);
  await serveWeb(app, build === undefined ? undefined : parts.webRoot);

  await app.listen({ host: config.admin.host, port: config.admin.port });
  access.start();
  store.start();
  sync.start();
  insight.start();
  actions.start();
  await withDeadline(access.known, knownWithinMs, () => undefined);
  return {
    address: addressOf(app, config),
    fleet,
    access,
    stop: async () => {
      refusals.flush();
      insight.stop();
      const parts = [app.close(), sync.stop(), actions.stop(), access.stop().then(() => store.close())];
      await withDeadline(
        Promise.all(parts).then(() => undefined),
        stopWithinMs,
        () => undefined,
      );
    },
  };
}

function openAccess(
  { admin }: AdminConfig,
  { tell, cost = defaultCost }: AdminParts,
  parts: AccessParts,
): Access {
  return new Access(parts, { session: admin.session, firstPassword: admin.firstPassword, tell, cost });
}

function tlsAndProxies({ admin }: AdminConfig): Pick<AppOptions, 'tls' | 'trustedProxies'> {
  return { tls: admin.tls, trustedProxies: admin.trustedProxies };
}

function originRules({ admin }: AdminConfig): OriginRules {
  return {
    scheme: admin.tls === undefined ? 'http' : 'https',
    isLoopbackOnly: isLoopbackAddress(admin.host),
    publicOrigins: admin.publicOrigins,
  };
}

/** The connection for short commands of requests; streams are followed on others. */
function openStore({ redis }: AdminConfig): Store {
  return new Store({
    url: redis.url,
    name: 'tributary-admin',
    connectTimeoutMs: redis.connectTimeoutMs,
    replyTimeoutMs: requestReplyMs,
  });
}

/** A server on every interface is reached on the loopback. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

function addressOf(app: App, { admin }: AdminConfig): string {
  const { address, port } = app.server.address() as AddressInfo;
  return `${admin.tls === undefined ? 'http' : 'https'}://${hostOf(reachable(address), port)}`;
}
