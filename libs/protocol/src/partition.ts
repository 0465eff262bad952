const table = new Int32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[n] = c;
}

/** CRC-32 as in zlib and IEEE 802.3 (reflected, polynomial 0xEDB88320), as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  let c = -1;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

const utf8 = new TextEncoder();

/**
 * The partition that everything about a device lives in: `crc32(UTF-8 client id) mod partitions`, 0-based.
 * Any language can compute it; test vectors are in docs/streams.md.
 */
export function partitionOf(clientId: string, partitions: number): number {
  return crc32(utf8.encode(clientId)) % partitions;
}
