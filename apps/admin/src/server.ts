import type { AddressInfo } from 'node:net';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { Keys, Store } from '@tributary/backplane';
import { systemClock, withDeadline, type Clock, type Logger } from '@tributary/runtime';
import { AuditLog } from './access/audit-log.ts';
import { requireNeeds } from './access/require-needs.ts';
import { deviceRoutes } from './api/devices.ts';
import { fleetRoutes } from './api/fleet.ts';
import { nodeRoutes } from './api/nodes.ts';
import type { AdminConfig } from './config.ts';
import { Fleet } from './fleet/fleet.ts';
import { FleetSync } from './fleet/fleet-sync.ts';
import { guardOrigin } from './http/origin-guard.ts';
import { answerError } from './http/problem.ts';
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
  /** Closes sockets and connections; idempotent, and done within two seconds whether or not Redis answers. */
  stop(): Promise<void>;
}

export interface AdminParts {
  logger: Logger;
  /** Folder of the built page; without it only the API is served. */
  webRoot?: string;
  clock?: Clock;
}

const stopWithinMs = 2000;
/** A request waits no longer than this for a Redis that stands still. */
const requestReplyMs = 1500;

/** Builds the parts in the order a value passes them: Redis → fleet → API and feed → browser. */
export async function startAdmin(config: AdminConfig, parts: AdminParts): Promise<AdminServer> {
  const { logger, clock = systemClock } = parts;
  const fleet = new Fleet(clock, config.admin);
  const sync = new FleetSync(fleet, { redis: config.redis, maxDevices: config.admin.maxDevices }, logger);
  const store = openStore(config);
  const insight = new Insight({ fleet, store, clock, namespace: config.redis.namespace });
  const build = parts.webRoot === undefined ? undefined : await buildIdOf(parts.webRoot);
  if (build === undefined)
    logger.warn({ webRoot: parts.webRoot }, 'the page is not built, serving the API alone');

  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) =>
      answerError(error, request as FastifyRequest, reply as FastifyReply),
    // A client id may have 256 bytes, each three characters when percent-encoded.
    routerOptions: { maxParamLength: 1024, caseSensitive: true },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  // Operators, sessions and the audit have no partitions.
  const keys = new Keys(config.redis.namespace, 1);
  app.decorate('auditLog', new AuditLog({ store, keys, clock }));
  requireNeeds(app);

  const makers: ChannelMakers = {
    fleet: { everyMs: 1000, open: () => new FleetChannel(fleet) },
    nodes: { everyMs: 1000, open: () => new NodesChannel(fleet) },
    rows: { everyMs: 500, open: ({ ids }) => new RowsChannel(fleet, ids) },
  };
  const feed = new LiveFeed({ clock, makers }, { ...config.admin.feed, build: build ?? 'none' });
  await feed.prepare(app);
  guardOrigin(app);
  await addSecurityHeaders(app);
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  feed.open(app);
  fleetRoutes(app, fleet);
  nodeRoutes(app, fleet);
  deviceRoutes(app, fleet);
  insight.routes(app);
  await serveWeb(app, build === undefined ? undefined : parts.webRoot);

  await app.listen({ host: config.admin.host, port: config.admin.port });
  store.start();
  sync.start();
  return {
    address: addressOf(app.server.address() as AddressInfo),
    fleet,
    stop: async () => {
      const stopped = Promise.all([app.close(), sync.stop(), store.close()]).then(() => undefined);
      await withDeadline(stopped, stopWithinMs, () => undefined);
    },
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

function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
