/** Largest value of a Variable Byte Integer: four bytes of seven bits (MQTT 5 section 1.5.5). */
export const maxVarint = 268_435_455;

/**
 * Bytes that `value` takes as a Variable Byte Integer.
 * @throws RangeError when it is above `maxVarint`
 */
export function varintBytes(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  if (value < 2_097_152) return 3;
  if (value > maxVarint) throw new RangeError(`${value} is above what a variable byte integer can say`);
  return 4;
}

/** Writes `value`, 0 to `maxVarint`, in its shortest form [MQTT-1.5.5-1]; returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let next = at;
  let rest = value;
  while (rest > 0x7f) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}
