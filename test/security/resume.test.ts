import { disableDevice, putBan, sendControl } from '@tributary/backplane';
import type { IAuthPacket, IConnackPacket, IConnectPacket } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AuthFiles } from '../support/auth-files.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PlainDevice } from '../support/plain.ts';
import { connectPacket, publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ResumeKey } from '../support/resume.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { until } from '../support/until.ts';

const method = 'TRIBUTARY-RESUME-X25519';
const badCredentials = 0x86;
const files = new AuthFiles();
let authorities: Authorities;
let ca: Certificate;
let redis: RedisServer;
let gateway: Gateway;

beforeAll(async () => {
  await files.writeUsers({ ann: 'right', gone: 'soon' });
  authorities = new Authorities();
  ca = authorities.authority('ours');
  const { certFile, keyFile } = authorities.certificate('server', ca);
  const host = '127.0.0.1';
  const secure = { host, port: 0, tls: { certFile, keyFile } };
  redis = await startRedis();
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      listeners: [
        { name: 'mqtts', protocol: 'mqtts', ...secure },
        { name: 'wss', protocol: 'wss', ...secure },
        { name: 'mqtt', protocol: 'mqtt', host, port: 0 },
      ],
      auth: { anonymous: false, binding: 'none', chain: [{ type: 'users', file: files.users }] },
      flapping: { mode: 'off', failedAuthentications: { mode: 'off' } },
    },
  });
});
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0);
  expect(gateway.log().filter(({ level }) => level >= 50)).toEqual([]);
  await redis?.stop();
  files.remove();
  authorities?.remove();
});

async function open(listener = 'mqtts'): Promise<RawMqtt> {
  const port = gateway.port(listener);
  const device = await (listener === 'mqtt' ? RawMqtt.tcp(port) : RawMqtt.tls(port, { ca: ca.cert }));
  onTestFinished(() => device.drop());
  return device;
}

const kept = { clean: false, properties: { sessionExpiryInterval: 300 } };

/** CONNECT with a password, and a key to come back by. */
function withPassword(key: ResumeKey, user = 'ann', password = 'right'): Partial<IConnectPacket> {
  const userProperties = { 'resume-key': key.publicKey.toString('base64') };
  const properties = { ...kept.properties, userProperties };
  return { ...kept, username: user, password: Buffer.from(password), properties };
}

/** What CONNACK says about coming back. */
const resumeOf = ({ properties }: IConnackPacket) =>
  properties?.userProperties as Record<string, string> | undefined;

/** A device that was let in by its password with a key, and its epoch. */
async function registered(id: string, key: ResumeKey, user?: string, password?: string) {
  const device = await open();
  const connack = await device.connect(id, withPassword(key, user, password));
  expect(connack.reasonCode).toBe(0);
  return { device, epoch: Number(resumeOf(connack)?.['resume-epoch']), connack };
}

/** Comes back by a key; answers the CONNACK. */
async function comeBack(id: string, epoch: number, key: ResumeKey, answerAs = id) {
  const device = await open();
  const properties = {
    ...kept.properties,
    authenticationMethod: method,
    authenticationData: ResumeKey.opening(epoch),
  };
  device.send(connectPacket(id, 5, { ...kept, properties }));
  answerTo(device, answerAs, epoch, key, await device.take('auth'));
  return { device, connack: await device.take('connack') };
}

function answerTo(device: RawMqtt, id: string, epoch: number, key: ResumeKey, asked: IAuthPacket): void {
  const data = asked.properties?.authenticationData as Buffer;
  expect([data.length, data[0]]).toEqual([65, 1]);
  const proof = key.proof(id, epoch, data.subarray(1, 33), data.subarray(33));
  const properties = { authenticationMethod: method, authenticationData: proof };
  device.send({ cmd: 'auth', reasonCode: 0x18, properties });
}

describe('MQTT', () => {
  test('a device comes back by its key to its session and what waits for it, and again', async () => {
    const [id, key] = [freshId('back'), new ResumeKey()];
    const first = await registered(id, key);
    expect(Number(resumeOf(first.connack)?.['resume-until'])).toBeGreaterThan(Date.now() + 86_000_000);
    const topic = `devices/${id}/t`;
    first.device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await first.device.take('suback');
    first.device.drop();

    const second = await comeBack(id, first.epoch, key);
    expect(second.connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
    second.device.send(publishPacket(topic, 'to myself', 1, 1));
    expect((await second.device.take('publish')).payload.toString()).toBe('to myself');
    const epoch = Number(resumeOf(second.connack)?.['resume-epoch']);
    expect(epoch).toBeGreaterThan(first.epoch);
    expect(resumeOf(second.connack)?.['resume-until']).toBe(resumeOf(first.connack)?.['resume-until']);

    const third = await comeBack(id, epoch, key);
    expect(third.connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
    expect(await gateway.metric('tributary_resumes_total', { outcome: 'resumed' })).toBeGreaterThanOrEqual(2);
  });

  test('a proof that fails touches neither the connection nor the session of the device', async () => {
    const [id, key] = [freshId('thief'), new ResumeKey()];
    const { device, epoch } = await registered(id, key);
    for (const [as, with_] of [
      [id, new ResumeKey()],
      ['somebody-else', key],
    ] as const) {
      const { connack } = await comeBack(id, epoch, with_, as);
      expect(connack.reasonCode).toBe(badCredentials);
    }
    expect((await comeBack(id, epoch + 1, key)).connack.reasonCode).toBe(badCredentials);
    expect((await comeBack(freshId('nobody'), epoch, key)).connack.reasonCode).toBe(badCredentials);
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
    device.drop();
    expect((await comeBack(id, epoch, key)).connack).toMatchObject({ reasonCode: 0, sessionPresent: true });
  });

  test('whoever was here since with a password ends what the key was good for', async () => {
    const [id, key] = [freshId('since'), new ResumeKey()];
    const { epoch } = await registered(id, key);
    const other = await open();
    const password = { username: 'ann', password: Buffer.from('right') };
    expect((await other.connect(id, { ...kept, ...password })).reasonCode).toBe(0);
    expect((await comeBack(id, epoch, key)).connack.reasonCode).toBe(badCredentials);
  });

  const why = { reason: 'test', by: 'test', at: Date.now() };
  test.each<[string, number, (id: string) => Promise<unknown>]>([
    [
      'banned',
      0x8a,
      async (id) => {
        await putBan(redis.client, keys, { ...why, target: `id:${id}`, until: Date.now() + 60_000 });
        await sendControl(redis.client, keys, gateway.node, { type: 'bans-changed', op: 'test' });
      },
    ],
    [
      'disabled',
      0x87,
      async (id) => {
        await disableDevice(redis.client, keys, id, why);
        await sendControl(redis.client, keys, gateway.node, { type: 'credentials-changed', op: 'test' });
      },
    ],
  ])('a device that is %s is kept out, however right its proof', async (_what, code, keepOut) => {
    const [id, key] = [freshId('kept-out'), new ResumeKey()];
    const { device, epoch } = await registered(id, key);
    await keepOut(id);
    await device.end();
    const back = await open();
    const data = { authenticationMethod: method, authenticationData: ResumeKey.opening(epoch) };
    back.send(connectPacket(id, 5, { ...kept, properties: data }));
    await until('an answer', () => back.packets.length > 0);
    const [first] = back.packets;
    if (first?.cmd === 'auth') answerTo(back, id, epoch, key, first);
    expect((await back.take('connack')).reasonCode).toBe(code);
  });

  test('a user who is gone does not come back', async () => {
    const [id, key] = [freshId('gone'), new ResumeKey()];
    const { device, epoch } = await registered(id, key, 'gone', 'soon');
    await files.writeUsers({ ann: 'right' });
    await device.end();
    expect((await comeBack(id, epoch, key)).connack.reasonCode).toBe(badCredentials);
  });

  test('without TLS no key is taken, and the method is not offered', async () => {
    const [id, key] = [freshId('plain'), new ResumeKey()];
    const device = await open('mqtt');
    const connack = await device.connect(id, withPassword(key));
    expect(connack.reasonCode).toBe(0);
    expect(resumeOf(connack)).toBeUndefined();
    const back = await open('mqtt');
    const properties = { authenticationMethod: method, authenticationData: ResumeKey.opening(1) };
    expect((await back.connect(id, { properties })).reasonCode).toBe(0x8c);
  });
});

describe('a plain device', () => {
  const hello = { type: 'hello', cleanStart: false, expiry: 300, keepAlive: 60 };
  async function openPlain(): Promise<PlainDevice> {
    const device = await PlainDevice.open(`wss://127.0.0.1:${gateway.port('wss')}/ws`, { ca: ca.cert });
    onTestFinished(() => device.socket.terminate());
    return device;
  }

  async function answerChallenge(device: PlainDevice, clientId: string, epoch: number, key: ResumeKey) {
    device.send({ ...hello, clientId, resumeEpoch: epoch });
    const challenge = await device.take('challenge');
    const [nonce, gatewayKey] = [challenge['nonce'], challenge['key']].map((text) =>
      Buffer.from(String(text), 'base64'),
    );
    device.send({ type: 'proof', proof: key.proof(clientId, epoch, nonce!, gatewayKey!).toString('base64') });
  }

  test('comes back by its key, too, and is refused with another', async () => {
    const [clientId, key] = [freshId('plain'), new ResumeKey()];
    const first = await openPlain();
    const resumeKey = key.publicKey.toString('base64');
    first.send({ ...hello, clientId, user: 'ann', password: 'right', resumeKey });
    const welcome = await first.take('welcome');
    expect(welcome['resumeUntil']).toBeGreaterThan(Date.now());
    const epoch = Number(welcome['epoch']);

    const thief = await openPlain();
    await answerChallenge(thief, clientId, epoch, new ResumeKey());
    expect(await thief.take('error')).toMatchObject({ code: 'bad-credentials' });
    first.send({ type: 'ping' });
    await first.take('pong');
    first.socket.terminate();

    const back = await openPlain();
    await answerChallenge(back, clientId, epoch, key);
    expect(await back.take('welcome')).toMatchObject({ clientId, sessionPresent: true });
  });

  test.each([
    ['another frame in place of the proof', { type: 'ping' }],
    ['no proof', { type: 'proof', proof: 'AAAA' }],
    ['a second hello', { ...hello, user: 'ann', password: 'right' }],
  ])('%s ends the connection', async (_what, frame) => {
    const device = await openPlain();
    device.send({ ...hello, clientId: freshId('odd'), resumeEpoch: 1 });
    await device.take('challenge');
    device.send(frame);
    expect(await device.end()).toBe(1002);
  });

  test('a proof nobody asked for is refused', async () => {
    const device = await openPlain();
    device.send({ ...hello, clientId: freshId('odd'), user: 'ann', password: 'right' });
    await device.take('welcome');
    device.send({ type: 'proof', proof: Buffer.alloc(32).toString('base64') });
    expect(await device.end()).toBe(1002);
  });
});

test('nothing of keys and proofs stands in the log', async () => {
  const [id, key] = [freshId('log'), new ResumeKey()];
  const { epoch } = await registered(id, key);
  await comeBack(id, epoch, new ResumeKey());
  await until('the refusal', () =>
    gateway.log().some(({ device, reason }) => device === id && reason === 'bad-credentials'),
  );
  expect(gateway.process.lines.join()).not.toContain(key.publicKey.toString('base64'));
});
