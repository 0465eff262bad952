import { isIP } from 'node:net';

/**
 * Whether a WebSocket request may come from where its `Origin` says (RFC 6455 section 10.2). Without one it is no browser.
 * Libraries that send one of the very address they connect to are let in when that is an IP address or localhost: of a name it
 * would prove nothing, because a page of a re-bound name says the same.
 * @param allowed origins, or `*` for all
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin) || allowed.includes('*')) return true;
  return host !== undefined && isAddress(host) && authorityOf(origin) === host.toLowerCase();
}

/** `host:port` of an origin, as it stands there. */
function authorityOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@]+)$/.exec(origin.toLowerCase())?.[1];
}

function isAddress(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
