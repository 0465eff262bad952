import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem.ts';

/**
 * Refuses requests and upgrades that did not come from a page of this very server. The browser of an operator is the way
 * in: `Host` must be a loopback name with our port (against DNS rebinding), `Origin`, where there is one, must be the same
 * (against other sites' WebSockets and forms).
 */
export function guardOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const { port } = app.server.address() as AddressInfo;
    const refusal = refusalOf(request.headers, port);
    if (refusal === undefined) return done();
    request.log.warn(
      { code: refusal.code, host: request.headers.host, origin: request.headers.origin },
      'request refused',
    );
    sendProblem(request, reply, { status: 403, ...refusal });
  });
}

/** Why a request with these headers is refused; undefined when it may pass. @param port the one we listen on. */
export function refusalOf(
  headers: { host?: string | undefined; origin?: string | undefined },
  port: number,
): { code: string; message: string } | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isLoopbackHost(host, port)) {
    return { code: 'forbidden-host', message: `use http://127.0.0.1:${port} or http://localhost:${port}` };
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return { code: 'forbidden-origin', message: 'only pages of this server may call it' };
  }
  return undefined;
}

/** True for `localhost`, `127.0.0.0/8` and `[::1]` with exactly this port (80 may be left out). */
function isLoopbackHost(host: string, port: number): boolean {
  const match = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i.exec(host);
  return match !== null && Number(match[2] ?? 80) === port;
}

/** True for addresses only this machine can reach. */
export function isLoopbackAddress(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}
