import { isIPv4 } from 'node:net';

/**
 * The address to connect to for `host`, when that is this machine itself. The generator can misbehave and flood, so it
 * talks to loopback and to nothing else.
 *
 * @throws RangeError for every other host, names included (a name could resolve to anything).
 */
export function loopbackAddress(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  if (host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return host;
  throw new RangeError(
    `the load generator talks to this machine only (127.0.0.0/8, ::1, localhost), not to ${host}`,
  );
}
