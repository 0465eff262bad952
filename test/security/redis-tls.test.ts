import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { parseRedisUrl, Store } from '@tributary/backplane';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startAdmin } from '../support/admin.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { startGateway } from '../support/gateway.ts';
import { freePort } from '../support/processes.ts';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { untilUplink } from '../support/streams.ts';
import { until } from '../support/until.ts';

const tried = { name: 'tls-test', connectTimeoutMs: 2000, replyTimeoutMs: 2000 };
let authorities: Authorities;
let ours: Certificate;
let redis: RedisServer;
let redisUrl: string;
let pin: string;

const spkiOf = (pem: Buffer): string =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

beforeAll(async () => {
  authorities = new Authorities();
  ours = authorities.authority('ours');
  const { certFile, keyFile, cert } = authorities.certificate('redis', ours);
  pin = spkiOf(cert);
  const port = await freePort();
  redisUrl = `rediss://127.0.0.1:${port}`;
  redis = await startRedis({
    settings: {
      'tls-port': String(port),
      'tls-cert-file': certFile,
      'tls-key-file': keyFile,
      'tls-ca-cert-file': ours.certFile,
      'tls-auth-clients': 'no',
    },
  });
});
afterAll(async () => {
  await redis?.stop();
  authorities?.remove();
});

test('Redis over TLS, its key pinned: messages are stored, and the dashboard starts', async () => {
  const tls = { caFile: ours.certFile, spki: [spkiOf(ours.cert), pin] };
  const gateway = await startGateway({ redisUrl, config: { redis: { tls } } });
  const admin = await startAdmin({
    redisUrl,
    env: { TRIBUTARY_REDIS_TLS_CA_FILE: ours.certFile, TRIBUTARY_REDIS_TLS_SPKI: `["${pin}"]` },
  });
  const id = freshId('pinned');
  const device = await RawMqtt.tcp(gateway.port('mqtt'));
  await device.connect(id);
  device.send(publishPacket(`devices/${id}/t`, 'x', 1, 1));
  await device.take('puback');
  expect(await untilUplink(redis.client, id, 1)).toHaveLength(1);
  await device.leave();
  expect(await admin.stop()).toBe(0);
  expect(await gateway.stop()).toBe(0);
});

test.each([
  [
    'another key than the pinned one',
    () => ({ caFile: ours.certFile, spki: [spkiOf(ours.cert)] }),
    /none of redis.tls.spki/,
  ],
  ['an authority nobody named', () => ({}), /self-signed|unable to (get|verify)/i],
])('a Redis with %s gets no connection, and it is said why', async (_what, tls, words) => {
  const store = new Store({ ...tried, url: redisUrl, tls: tls() });
  onTestFinished(() => store.close());
  store.start();
  await until('the reason', () => words.test(store.why));
  expect(store.isUp).toBe(false);
});

test('the uplink refuses a Redis with another key, too', async () => {
  const address = parseRedisUrl(redisUrl, { caFile: ours.certFile, spki: [spkiOf(ours.cert)] });
  const socket = connect({ ...address.tls, host: address.host, port: address.port });
  onTestFinished(() => void socket.destroy());
  const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
  expect(error.message).toMatch(/none of redis.tls.spki/);
});
