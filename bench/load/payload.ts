/** The smallest payload that holds a sequence number: `{"n":         1,"p":""}`. */
export const smallestPayload = 23;

const numberAt = 5;
const numberDigits = 10;

/** Makes the payload of a device's nth message; the result may be overwritten by the next call. */
export type PayloadMaker = (deviceId: string, n: number) => Buffer;

/**
 * JSON of exactly `bytes` bytes whose first member `n` is the device's message number, in a fixed place, so that making
 * one is ten digits written into a prepared buffer and a verifier finds the number again.
 *
 * @throws RangeError when `bytes` is below `smallestPayload`.
 */
export function numberedPayload(bytes: number): PayloadMaker {
  if (bytes < smallestPayload)
    throw new RangeError(`a numbered payload takes at least ${smallestPayload} bytes`);
  const scratch = Buffer.from(
    `{"n":${' '.repeat(numberDigits)},"p":"${'x'.repeat(bytes - smallestPayload)}"}`,
  );
  return (_deviceId, n) => {
    let rest = n;
    for (let at = numberAt + numberDigits - 1; at >= numberAt; at--) {
      scratch[at] = rest > 0 ? 48 + (rest % 10) : 32;
      rest = Math.floor(rest / 10);
    }
    return scratch;
  };
}

/** The message number of a payload that `numberedPayload` made, or -1 for any other payload. */
export function numberOf(payload: Uint8Array): number {
  // `{"n":` and then spaces and digits; a gateway may have re-serialised the JSON and dropped the spaces.
  if (payload[0] !== 0x7b || payload[2] !== 0x6e || payload[4] !== 0x3a) return -1;
  let n = -1;
  for (let at = numberAt; at < payload.length; at++) {
    const byte = payload[at]!;
    if (byte === 32 && n === -1) continue;
    if (byte < 48 || byte > 57) break;
    n = (n === -1 ? 0 : n * 10) + byte - 48;
  }
  return n;
}
