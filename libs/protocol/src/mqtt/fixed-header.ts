import { ProtocolError } from '../errors.ts';

/**
 * Bytes of the whole packet that starts at `at`, fixed header included, as its Remaining Length declares;
 * 0 while the length itself is incomplete. A Remaining Length of more than four bytes is malformed [MQTT-1.5.5-1].
 * @throws ProtocolError `malformed`, or `too-large` above `maxPacketBytes`
 */
export function declaredBytes(bytes: Uint8Array, at: number, end: number, maxPacketBytes: number): number {
  let length = 0;
  let scale = 1;
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i]!;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      const total = i + 1 - at + length;
      if (total > maxPacketBytes) throw new ProtocolError('too-large', `packet of ${total} bytes`);
      return total;
    }
    scale *= 128;
    if (i - at >= 4) throw new ProtocolError('malformed', 'Remaining Length of more than four bytes');
  }
  return 0;
}
