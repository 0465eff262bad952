import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/**
 * Strict headers: everything from this server alone, no frames, nothing inline. (Charts size themselves through the DOM,
 * which is no inline style to a browser.)
 * What the API answers is never kept.
 */
export async function addSecurityHeaders(
  app: FastifyInstance,
  { tls, publicOrigins }: { tls?: object | undefined; publicOrigins: readonly string[] },
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        upgradeInsecureRequests: null,
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // Never for a bare address or localhost, whose other ports are not ours to bind to https.
    strictTransportSecurity: tls !== undefined && publicOrigins.length > 0,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onSend', async (request, reply) => {
    // By the route, as an address may spell `/api` with percent signs.
    const path = request.routeOptions.url ?? request.url;
    if (path.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
}
