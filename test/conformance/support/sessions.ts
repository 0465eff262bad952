import type { IConnectPacket } from 'mqtt-packet';
import { ownerOf } from '../../support/streams.ts';
import { until } from '../../support/until.ts';
import { pingreq } from './bytes.ts';
import type { Client } from './client.ts';
import type { Scene } from './server.ts';

/** What a CONNECT of MQTT 5 says to continue its session, and to leave it behind for `seconds`. */
export const lasting = (
  clientId: string,
  seconds = 300,
  properties: IConnectPacket['properties'] = {},
): Partial<IConnectPacket> => ({
  clientId,
  clean: false,
  properties: { sessionExpiryInterval: seconds, ...properties },
});

/** Sessions are kept in two ways, in memory and in Redis: deliveries are to be alike. Name and expiry, seconds. */
export const sessionKinds: [what: string, expiry: number][] = [
  ['a session that ends with its connection', 0],
  ['a session that lasts', 300],
];

/** Waits until the server knows that a client is gone. */
export async function untilAway({ redis }: Pick<Scene, 'redis'>, clientId: string): Promise<void> {
  await until(`${clientId} to be away`, async () => (await ownerOf(redis.client, clientId)) === undefined, {
    everyMs: 2,
  });
}

/** Ends a connection without a word, after the server has read all that was sent, and waits until it knows. */
export async function cutOff(scene: Pick<Scene, 'redis'>, client: Client): Promise<void> {
  client.send(pingreq);
  await client.take('pingresp');
  client.drop();
  await untilAway(scene, client.clientId);
}

/** DISCONNECT, and waits until the server has filed the session. */
export async function goAway(scene: Pick<Scene, 'redis'>, client: Client): Promise<void> {
  await client.leave();
  await untilAway(scene, client.clientId);
}
