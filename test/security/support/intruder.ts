import type { IConnectPacket } from 'mqtt-packet';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { bytesOf, connectPacket } from '../../support/raw-mqtt.ts';
import { until } from '../../support/until.ts';

/** Where intruders come from, unless it matters: not where devices do. */
export const intrudersAddress = '127.0.0.2';

/** A connection of somebody who means no good, ended with the test at the latest; it says `first`, if anything. */
export function intrude(port: number, localAddress = intrudersAddress, first?: Buffer): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  if (first !== undefined) socket.write(first);
  return socket;
}

export const isGone = (socket: Socket): boolean => socket.destroyed;

/** Tries to come in over MQTT 5: the code of its CONNACK, undefined when it is not even answered. It is gone then. */
export async function tryToEnter(
  port: number,
  clientId: string,
  more: Partial<IConnectPacket> = {},
): Promise<number | undefined> {
  const socket = intrude(port, intrudersAddress, bytesOf(connectPacket(clientId, 5, more)));
  let answer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (answer = Buffer.concat([answer, chunk])));
  const codeAt = 3;
  await until('an answer or the end', () => answer.length > codeAt || isGone(socket));
  socket.resetAndDestroy();
  return answer[codeAt];
}
