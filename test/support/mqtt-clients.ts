import type { IConnectPacket } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import { Client, codeOf, type Qos } from '../conformance/support/client.ts';
import type { Transport } from '../conformance/support/pipe.ts';
import type { Gateway } from './gateway.ts';
import { publishPacket, type Version } from './raw-mqtt.ts';
import { freshId } from './stage.ts';

export interface ConnectOptions extends Partial<IConnectPacket> {
  readonly version?: Version;
  readonly transport?: Transport;
}

/** Opens a connection and is accepted, under an id of its own unless one is given; it is gone when the test is. */
export async function connected(gateway: Gateway, options: ConnectOptions = {}): Promise<Client> {
  return connectedFor(onTestFinished, gateway, options);
}

/** The same for a test that runs beside others: it hands its own `onTestFinished`. */
export async function connectedFor(
  onFinished: (end: () => void) => void,
  gateway: Gateway,
  options: ConnectOptions = {},
): Promise<Client> {
  const { version = 5, transport = 'tcp', ...connect } = options;
  const client = await Client.open(gateway, transport, version);
  onFinished(() => client.drop());
  const connack = await client.greet(connect.clientId ?? freshId(), connect);
  if (codeOf(connack) !== 0) throw new Error(`refused: ${JSON.stringify(connack)}`);
  return client;
}

/** What CONNECT says for a session that stays: `seconds` of MQTT 5, for ever on 3.1.1. */
export const staying = (clientId: string, seconds = 300, version: Version = 5): ConnectOptions => ({
  clientId,
  version,
  clean: false,
  ...(version === 5 ? { properties: { sessionExpiryInterval: seconds } } : {}),
});

/** The codes of the acknowledgements of messages published one after the other: PUBACK, or PUBREC and all of its exchange. */
export async function codesOf(
  publisher: Client,
  topic: string,
  payloads: readonly (string | Buffer)[],
  qos: Exclude<Qos, 0>,
): Promise<number[]> {
  const codes: number[] = [];
  for (const payload of payloads) {
    const messageId = publisher.nextPacketId();
    publisher.send(publishPacket(topic, payload, qos, messageId));
    const { reasonCode = 0 } = await publisher.expect(qos === 1 ? 'puback' : 'pubrec');
    codes.push(reasonCode);
    if (qos === 1 || reasonCode >= 0x80) continue;
    publisher.send({ cmd: 'pubrel', messageId });
    await publisher.expect('pubcomp');
  }
  return codes;
}

/** Sends many messages at QoS 1 at once, and waits until all are acknowledged. */
export async function publishAll(
  publisher: Client,
  messages: readonly { topic: string; payload: string | Buffer; retain?: boolean }[],
): Promise<void> {
  const window = 60;
  for (let at = 0; at < messages.length; at += window) {
    const batch = messages.slice(at, at + window);
    for (const { topic, payload, retain = false } of batch)
      publisher.send(publishPacket(topic, payload, 1, publisher.nextPacketId(), { retain }));
    for (const _ of batch) await publisher.expect('puback');
  }
}
