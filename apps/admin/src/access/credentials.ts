import type { FastifyReply, FastifyRequest } from 'fastify';
import { digestOf } from './secrets.ts';

/** What a request shows of its sender, not yet looked up. */
export type Credential =
  { readonly kind: 'session'; readonly digest: string } | { readonly kind: 'token'; readonly digest: string };

/** API tokens begin with this, so that scanners for leaked secrets know them. */
export const tokenPrefix = 'tributary_';

/** `__Host-`: a browser takes it only with `Secure`, for this host alone, so no neighbouring name can plant one. */
const secureCookie = '__Host-tributary-session';
const plainCookie = 'tributary-session';
const secretPattern = /^[A-Za-z0-9_-]{43}$/;

/** The API token in `Authorization`, else the session's cookie; undefined when neither is there or it is no such thing. */
export function credentialOf(request: FastifyRequest): Credential | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return tokenIn(authorization);
  // Over TLS another name of the domain could have planted the plain one.
  const names = request.protocol === 'https' ? [secureCookie] : [secureCookie, plainCookie];
  for (const name of names) {
    const secret = request.cookies[name];
    if (secret !== undefined && secretPattern.test(secret))
      return { kind: 'session', digest: digestOf(secret) };
  }
  return undefined;
}

function tokenIn(authorization: string): Credential | undefined {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !value.startsWith(tokenPrefix)) return undefined;
  const secret = value.slice(tokenPrefix.length);
  return secretPattern.test(secret) ? { kind: 'token', digest: digestOf(secret) } : undefined;
}

/** Gives the browser its session. The cookie lives as long as the browser runs, or until the session ends. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, secret: string): void {
  const secure = cameByTls(request);
  reply.setCookie(secure ? secureCookie : plainCookie, secret, cookieOptions(secure));
}

/** Takes it away again, under both names. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(plainCookie, cookieOptions(false));
  if (cameByTls(request)) reply.clearCookie(secureCookie, cookieOptions(true));
}

function cookieOptions(secure: boolean): {
  path: '/';
  httpOnly: true;
  sameSite: 'strict';
  secure: boolean;
} {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure };
}

/** TLS here, or at a proxy before us: the browser says so in `Origin`, which the guard has checked. */
function cameByTls(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers.origin?.startsWith('https://') === true;
}
