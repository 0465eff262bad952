import { addressOfEndpoint, formatIpPrefix, maskedTo } from '@tributary/protocol';

/** An address, or a block of them, as a key of a map: IPv4 as a number, IPv6 as a bigint, so that they never meet. */
export type SourceKey = number | bigint;

/** The key of what is no address; such sockets are gone already. */
export const noAddress = -1;

/** @param endpoint `address:port`, IPv6 in brackets */
export function sourceKeyOf(endpoint: string): SourceKey {
  const dotted = dottedKey(endpoint);
  if (dotted !== undefined) return dotted;
  const address = addressOfEndpoint(endpoint);
  if (address === undefined) return noAddress;
  return address.family === 4 ? Number(address.value) : address.value;
}

/** Lengths of the blocks addresses are counted by. */
export interface BlockBits {
  readonly ipv4Bits: number;
  readonly ipv6Bits: number;
}

/** The block a key is in. */
export function blockKeyOf(key: SourceKey, { ipv4Bits, ipv6Bits }: BlockBits): SourceKey {
  if (typeof key === 'bigint') return maskedTo({ family: 6, value: key }, ipv6Bits);
  return key === noAddress ? key : (key & (-1 << (32 - ipv4Bits))) >>> 0;
}

/** The block of `address:port` in words: `203.0.113.0/24`, `2001:db8::/64`; undefined where there is no address. */
export function blockOf(endpoint: string, { ipv4Bits, ipv6Bits }: BlockBits): string | undefined {
  const address = addressOfEndpoint(endpoint);
  if (address === undefined) return undefined;
  const length = address.family === 4 ? ipv4Bits : ipv6Bits;
  return formatIpPrefix({ base: { ...address, value: maskedTo(address, length) }, length });
}

/** `192.0.2.1:80`; undefined for all else. By hand, as it is done for every connection: bench/src/micro/sources.ts. */
function dottedKey(endpoint: string): number | undefined {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < endpoint.length; at++) {
    const code = endpoint.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      part = (part < 0 ? 0 : part * 10) + code - 48;
      if (part > 255) return undefined;
    } else {
      if (part < 0) return undefined;
      value = value * 256 + part;
      if (code === 58) return dots === 3 ? value : undefined;
      if (code !== 46) return undefined;
      dots++;
      part = -1;
    }
  }
  return undefined;
}
