import { isIP } from 'node:net';

/** True for addresses only this machine can reach. */
export function isLoopbackAddress(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

/** True for `https://fleet.example.org`: scheme, host, port if it is not the usual one, and nothing more. */
export function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}

/** True for an IP address, or a prefix such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** An address as people write it: a socket may show IPv4 as `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** `host:port` as it stands in `Host`. @param address of a socket */
export function hostOf(address: string, port: number): string {
  const plain = plainAddress(address);
  return isIP(plain) === 6 ? `[${plain}]:${port}` : `${plain}:${port}`;
}
