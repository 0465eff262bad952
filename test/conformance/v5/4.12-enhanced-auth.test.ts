import type { IAuthPacket, IConnackPacket } from 'mqtt-packet';
import { afterAll, expect } from 'vitest';
import { AuthFiles } from '../../support/auth-files.ts';
import { connectPacket } from '../../support/raw-mqtt.ts';
import { ResumeKey } from '../../support/resume.ts';
import type { Client } from '../support/client.ts';
import { type Scene, useServer } from '../support/server.ts';

// The one method there is: a device comes back by the key it registered (docs/protocol.md, "Secure resume").
const method = 'TRIBUTARY-RESUME-X25519';
const files = new AuthFiles();
await files.writeUsers({ ann: 'right' });
afterAll(() => files.remove());

const { overTransports } = useServer({
  version: 5,
  config: {
    auth: { anonymous: false, binding: 'none', chain: [{ type: 'users', file: files.users }] },
    flapping: { mode: 'off', failedAuthentications: { mode: 'off' } },
    resume: { plainLoopback: true },
  },
});

/** A client id that was here with a password, its key and its epoch. */
async function registered({ connect, id }: Scene) {
  const [clientId, key] = [id(), new ResumeKey()];
  const userProperties = { 'resume-key': key.publicKey.toString('base64') };
  const credentials = { username: 'ann', password: Buffer.from('right'), properties: { userProperties } };
  const client = await connect({ clientId, ...credentials });
  const said = client.connack.properties?.userProperties as Record<string, string>;
  client.drop();
  return { clientId, key, epoch: Number(said['resume-epoch']) };
}

type Registered = Awaited<ReturnType<typeof registered>>;

/** CONNECT with the method, and the AUTH it is answered by. */
async function ask(client: Client, { clientId, epoch }: Registered): Promise<IAuthPacket> {
  const properties = { authenticationMethod: method, authenticationData: ResumeKey.opening(epoch) };
  client.send(connectPacket(clientId, 5, { properties }));
  return client.expect('auth');
}

/** The AUTH that answers it. */
function answer({ clientId, epoch, key }: Registered, asked: IAuthPacket): IAuthPacket {
  const data = asked.properties?.authenticationData as Buffer;
  const proof = key.proof(clientId, epoch, data.subarray(1, 33), data.subarray(33));
  const properties = { authenticationMethod: method, authenticationData: proof };
  return { cmd: 'auth', reasonCode: 0x18, properties };
}

/** A client that came in by the method. */
async function comeBack(
  scene: Scene,
): Promise<{ client: Client; asked: IAuthPacket; connack: IConnackPacket }> {
  const device = await registered(scene);
  const client = await scene.open();
  const asked = await ask(client, device);
  client.send(answer(device, asked));
  return { client, asked, connack: await client.expect('connack') };
}

overTransports(
  'asks for more with AUTH 0x18, and repeats the method in AUTH and CONNACK [MQTT-4.12.0-2] [MQTT-4.12.0-5]',
  async (scene) => {
    const { client, asked, connack } = await comeBack(scene);
    expect(asked.reasonCode).toBe(0x18);
    expect(connack.reasonCode).toBe(0);
    for (const { properties } of [asked, connack]) expect(properties?.authenticationMethod).toBe(method);
    await client.nothingMore();
  },
);

overTransports(
  'closes the connection of a client whose authentication it rejects [MQTT-4.12.0-4]',
  async (scene) => {
    const device = await registered(scene);
    const client = await scene.open();
    client.send(answer({ ...device, key: new ResumeKey() }, await ask(client, device)));
    await client.refusedWith(0x86);
  },
);

overTransports('refuses an answer of another method than CONNECT named [MQTT-4.12.0-5]', async (scene) => {
  const device = await registered(scene);
  const client = await scene.open();
  const { properties, ...auth } = answer(device, await ask(client, device));
  client.send({ ...auth, properties: { ...properties, authenticationMethod: 'ANOTHER' } });
  await client.refusedWith(0x82);
});

const again = (authenticationMethod: string): IAuthPacket => ({
  cmd: 'auth',
  reasonCode: 0x19,
  properties: { authenticationMethod, authenticationData: ResumeKey.opening(1) },
});

overTransports(
  'ends the connection of a client that authenticates again by another method [MQTT-4.12.1-1]',
  async (scene) => {
    const { client } = await comeBack(scene);
    client.send(again('ANOTHER'));
    await client.disconnectedWith(0x82);
  },
);

overTransports(
  'ends the connection of a client whose authentication fails the second time [MQTT-4.12.1-2]',
  async (scene) => {
    const { client } = await comeBack(scene);
    client.send(again(method));
    await client.disconnectedWith(0x87);
  },
);
