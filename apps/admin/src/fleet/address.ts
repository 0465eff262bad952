import { addressOfEndpoint, formatIpPrefix, type IpAddress, maskedTo } from '@tributary/protocol/admin-api';

/** 32-bit words an address takes; one of IPv4 is in the last. */
export const addressWords = 4;

/** The address of `address:port` as numbers, at `at` of `words`. Returns 4 or 6, and 0 where there is none. */
export function readAddress(endpoint: string, words: Uint32Array, at: number): 0 | 4 | 6 {
  words.fill(0, at, at + addressWords);
  const address = addressOfEndpoint(endpoint);
  if (address === undefined) return 0;
  writeAddress(address, words, at);
  return address.family;
}

export function writeAddress({ value }: IpAddress, words: Uint32Array, at: number): void {
  for (let word = 0; word < addressWords; word++) {
    words[at + word] = Number((value >> BigInt(32 * (addressWords - 1 - word))) & 0xffff_ffffn);
  }
}

/** Bits of the block an address is grouped by: a subscriber's network. */
const blockBits = { 4: 24, 6: 64 } as const;

/** The block of `address:port`, as `10.1.2.0/24` or `2001:db8::/64`; empty where there is no address. */
export function blockOf(endpoint: string): string {
  const address = addressOfEndpoint(endpoint);
  if (address === undefined) return '';
  const length = blockBits[address.family];
  return formatIpPrefix({ base: { ...address, value: maskedTo(address, length) }, length });
}
