import { type AckType, encodeAck, encodeControl } from '@tributary/protocol';
import type { MqttConnection } from '../connection/mqtt-connection.ts';

/**
 * An answer that says what is wrong: in words as well, where the device wants them [MQTT-3.1.2-29] and they fit into what
 * it takes [MQTT-3.4.2-2, MQTT-3.9.2-2, MQTT-3.11.2-2].
 */
function sendFitting(connection: MqttConnection, worded: () => Buffer, plain: () => Buffer): void {
  if (connection.version === 5 && connection.wantsProblems) {
    const frame = worded();
    if (frame.length <= connection.peerMaxPacketBytes) return connection.send(frame);
  }
  connection.send(plain());
}

/** An acknowledgement that refuses, with its reason in words. */
export function sayRefusal(
  connection: MqttConnection,
  type: AckType,
  packetId: number,
  reasonCode: number,
  reasonString: string,
): void {
  sendFitting(
    connection,
    () => encodeAck(type, packetId, reasonCode, 5, { reasonString }),
    () => encodeAck(type, packetId, reasonCode, connection.version),
  );
}

/** SUBACK or UNSUBACK, with what was refused in words. */
export function sayGranted(
  connection: MqttConnection,
  cmd: 'suback' | 'unsuback',
  messageId: number,
  granted: number[],
  problems: readonly string[],
): void {
  const { version } = connection;
  const plain = (): Buffer => encodeControl({ cmd, messageId, granted }, version);
  if (problems.length === 0) return connection.send(plain());
  const reasonString = [...new Set(problems)].join(', ');
  sendFitting(
    connection,
    () => encodeControl({ cmd, messageId, granted, properties: { reasonString } }, 5),
    plain,
  );
}
