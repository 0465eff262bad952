import * as mqttPacket from 'mqtt-packet';
import { ProtocolError } from '../errors.ts';
import type { ProtocolVersion } from './packet-type.ts';

/**
 * Reads one whole packet with `mqtt-packet`, behind our own checks, which are stricter.
 * @throws ProtocolError `malformed`
 */
export function parsePacket(frame: Buffer, version: ProtocolVersion): mqttPacket.Packet {
  // A parser keeps what it could not finish, so each packet has its own: these packets are rare.
  const parser = mqttPacket.parser({ protocolVersion: version });
  let packet: mqttPacket.Packet | undefined;
  let fault: Error | undefined;
  parser.on('packet', (parsed) => (packet = parsed));
  parser.on('error', (error: Error) => (fault ??= error));
  try {
    parser.parse(frame);
  } catch (error) {
    fault ??= error as Error;
  }
  if (fault !== undefined) throw new ProtocolError('malformed', fault.message);
  if (packet === undefined) throw new ProtocolError('malformed', 'packet ends too early');
  return packet;
}
