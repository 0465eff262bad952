import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hostOf } from './addresses.ts';
import { sendProblem } from './problem.ts';

/** Where this server is reached. */
export interface Reach {
  readonly scheme: 'http' | 'https';
  /** The port it listens on. */
  readonly port: number;
  /** The address a request came in at; undefined when it listens on loopback alone. */
  readonly localAddress?: string | undefined;
  /** Where browsers reach it otherwise: behind a proxy, by a name. */
  readonly publicOrigins: readonly string[];
}

/** Browsers leave it out. */
const usualPort = { http: 80, https: 443 } as const;

export interface OriginRules {
  readonly scheme: 'http' | 'https';
  readonly isLoopbackOnly: boolean;
  readonly publicOrigins: readonly string[];
}

/**
 * Refuses requests and upgrades that did not come from a page of this very server. The browser of an operator is the way
 * in: `Host` must be a name of ours (against DNS rebinding), `Origin`, where there is one, must be the same (against
 * other sites' WebSockets and forms).
 */
export function guardOrigin(app: FastifyInstance, rules: OriginRules): void {
  const { scheme, publicOrigins, isLoopbackOnly } = rules;
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const { port } = app.server.address() as AddressInfo;
    const localAddress = isLoopbackOnly ? undefined : request.socket.localAddress;
    const refusal = refusalOf(request.headers, { scheme, port, localAddress, publicOrigins });
    if (refusal === undefined) return done();
    request.log.warn(
      { code: refusal.code, host: request.headers.host, origin: request.headers.origin },
      'request refused',
    );
    sendProblem(request, reply, { status: 403, ...refusal });
  });
}

/** Why a request with these headers is refused; undefined when it may pass. */
export function refusalOf(
  headers: { host?: string | undefined; origin?: string | undefined },
  reach: Reach,
): { code: string; message: string } | undefined {
  const host = headers.host?.toLowerCase();
  const origin = headers.origin?.toLowerCase();
  const origins = host === undefined ? [] : originsFor(host, reach);
  if (origins.length === 0) {
    const { scheme, port, publicOrigins } = reach;
    const known = [...publicOrigins, `${scheme}://127.0.0.1:${port}`, `${scheme}://localhost:${port}`];
    const how = 'another address of this server has to be named in admin.publicOrigins';
    return { code: 'forbidden-host', message: `use ${known.join(' or ')}; ${how}` };
  }
  if (origin !== undefined && !origins.includes(origin)) {
    return { code: 'forbidden-origin', message: 'only pages of this server may call it' };
  }
  return undefined;
}

/** The origins whose pages may send a request with this `Host`; none when it is not one of ours. */
function originsFor(host: string, { scheme, port, localAddress, publicOrigins }: Reach): string[] {
  const isOurs = isLoopbackHost(host, scheme, port) || isLocalHost(host, localAddress, scheme, port);
  // A proxy may put its own view of us into `Host`, or hand on what the browser sent.
  if (isOurs) return [`${scheme}://${host}`, ...publicOrigins];
  return publicOrigins.filter((origin) => new URL(origin).host === host);
}

/** True for `localhost`, `127.0.0.0/8` and `[::1]` with exactly this port (the scheme's own may be left out). */
function isLoopbackHost(host: string, scheme: Reach['scheme'], port: number): boolean {
  const match = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/.exec(host);
  return match !== null && Number(match[2] ?? usualPort[scheme]) === port;
}

/** True for the very address the request came in at: no name, so no DNS can point it elsewhere. */
function isLocalHost(
  host: string,
  localAddress: string | undefined,
  scheme: Reach['scheme'],
  port: number,
): boolean {
  if (localAddress === undefined) return false;
  const whole = hostOf(localAddress, port);
  return host === whole || (port === usualPort[scheme] && `${host}:${port}` === whole);
}
