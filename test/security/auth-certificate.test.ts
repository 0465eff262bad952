import { createHash, X509Certificate } from 'node:crypto';
import { Keys, putCredential } from '@tributary/backplane';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { connectPacket, RawMqtt, type Version } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const authorities = new Authorities();
const authority = authorities.authority('devices');
const certificateOf = (name: string, commonName: string): Certificate =>
  authorities.certificate(name, authority, { commonName });
const server = certificateOf('gateway', 'gateway');
const pump = certificateOf('pump-1', 'pump-1.fleet');
const twin = certificateOf('twin', 'pump-1.fleet');
const pinned = certificateOf('pump-2', 'pump-2.fleet');
const thief = certificateOf('thief', 'pump-2.fleet');
const nameless = certificateOf('office', 'printer.office');
const stranger = authorities.certificate('stranger', authorities.authority('strangers'), {
  commonName: 'pump-1.fleet',
});
const spkiOf = ({ cert }: Certificate): string => {
  const der = new X509Certificate(cert).publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(der).digest('base64');
};

let redis: RedisServer;
let gateway: Gateway;
beforeAll(async () => {
  redis = await startRedis();
  const tls = {
    ...{ certFile: server.certFile, keyFile: server.keyFile, caFile: authority.certFile },
    clientCertificate: 'request',
  };
  const host = '127.0.0.1';
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      listeners: [
        { name: 'mqtts', protocol: 'mqtts', host, port: 0, tls },
        { name: 'wss', protocol: 'wss', host, port: 0, tls },
      ],
      auth: { anonymous: false, chain: [{ type: 'devices' }, { type: 'certificate', suffix: '.fleet' }] },
    },
  });
  const facts = { id: 'c1', digest: undefined, label: '', by: 'test', at: 1 };
  await putCredential(redis.client, new Keys('tributary', 16), 'pump-2', { ...facts, spki: spkiOf(pinned) });
});
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0);
  await redis?.stop();
  authorities.remove();
});

/** The code a device is answered with; `closed` when TLS does not let it that far. */
async function answer(
  certificate: Certificate | undefined,
  id: string,
  version: Version = 5,
): Promise<number | string> {
  const shows = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
  const client = await RawMqtt.tls(gateway.port('mqtts'), { ca: authority.cert, ...shows }, version);
  onTestFinished(() => client.drop());
  client.send(connectPacket(id, version));
  await until('an answer or the end', () => client.packets.length > 0 || client.closing !== undefined);
  if (client.packets.length === 0) return 'closed';
  const { reasonCode, returnCode } = await client.take('connack');
  return (version === 5 ? reasonCode : returnCode) ?? 0;
}

test.each([
  ['its own certificate', pump, 'pump-1', 0, 0],
  ['another certificate of that name', twin, 'pump-1', 0, 0],
  ['the id of somebody else', pump, 'pump-3', 0x87, 5],
  ['a certificate of another fleet', nameless, 'printer', 0x87, 5],
  ['no certificate', undefined, 'pump-1', 0x87, 5],
  ['the key that is pinned', pinned, 'pump-2', 0, 0],
  ['another key than the one that is pinned', thief, 'pump-2', 0x86, 4],
] as const)('%s', async (_, certificate, id, v5, v4) => {
  expect([await answer(certificate, id, 5), await answer(certificate, id, 4)]).toEqual([v5, v4]);
});

test('a certificate of another authority does not get as far as being asked', async () => {
  expect(await answer(stranger, 'pump-1')).toBe('closed');
});

test('a plain device over WebSocket goes by its certificate too', async () => {
  const socket = new WebSocket(`wss://127.0.0.1:${gateway.port('wss')}/ws`, ['tributary.v1'], {
    ...{ ca: authority.cert, cert: pump.cert, key: pump.key },
  });
  onTestFinished(() => socket.terminate());
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => frames.push(data.toString()));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ type: 'hello', keepAlive: 60 }));
  await until('the welcome', () => frames.length > 0);
  // It named no id, and gets its own.
  expect(JSON.parse(frames[0]!)).toMatchObject({ type: 'welcome', clientId: 'pump-1' });
});
