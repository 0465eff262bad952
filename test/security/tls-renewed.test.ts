import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Admin, startAdmin } from '../support/admin.ts';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { keys } from '../support/streams.ts';
import { promptMs, until } from '../support/until.ts';

/** Two seconds are promised; the machine that tests may be busy. */
const soon = { deadlineMs: promptMs };

let authorities: Authorities;
let ours: Certificate;
let inUse: Certificate;
let redis: RedisServer;
let gateway: Gateway;
let admin: Admin;

beforeAll(async () => {
  authorities = new Authorities();
  ours = authorities.authority('ours');
  inUse = authorities.certificate('server', ours);
  const { certFile, keyFile } = inUse;
  const door = { host: '127.0.0.1', port: 0, tls: { certFile, keyFile } };
  redis = await startRedis();
  [gateway, admin] = await Promise.all([
    startGateway({
      redisUrl: redis.url,
      config: {
        listeners: [
          { name: 'mqtts', protocol: 'mqtts', ...door },
          { name: 'wss', protocol: 'wss', ...door },
        ],
      },
    }),
    startAdmin({
      redisUrl: redis.url,
      env: { TRIBUTARY_ADMIN_TLS_CERT_FILE: certFile, TRIBUTARY_ADMIN_TLS_KEY_FILE: keyFile },
    }),
  ]);
});
afterAll(async () => {
  await admin?.stop();
  await gateway?.stop();
  await redis?.stop();
  authorities?.remove();
});

/** Puts another certificate in place of the one in use, each file by an atomic rename. */
function replaceBy({ certFile, keyFile }: Certificate): void {
  for (const [from, to] of [
    [keyFile, inUse.keyFile],
    [certFile, inUse.certFile],
  ] as const) {
    copyFileSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
  }
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: ours.cert, ...options });
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

async function subjectAt(port: number): Promise<unknown> {
  return (await handshake(port)).getPeerCertificate().subject.CN;
}

test('a renewed certificate is in force within 2 s, for devices and the dashboard, and nobody is dropped', async () => {
  const doors = [gateway.port('mqtts'), gateway.port('wss'), Number(new URL(admin.address).port)];
  const devices = [
    await RawMqtt.tls(gateway.port('mqtts'), { ca: ours.cert }),
    await RawMqtt.ws(`wss://127.0.0.1:${gateway.port('wss')}/mqtt`, 5, 'mqtt', { ca: ours.cert }),
  ];
  for (const device of devices) expect((await device.connect(freshId('renewed'))).reasonCode).toBe(0);
  const first = await handshake(gateway.port('mqtts'));
  const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));

  replaceBy(authorities.certificate('renewed', ours, { to: 30 }));
  for (const port of doors)
    await until(`the new certificate at ${port}`, async () => (await subjectAt(port)) === 'renewed', soon);

  for (const device of devices) {
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
    await device.leave();
  }
  const expiry = await gateway.metric('tributary_certificate_expiry_seconds', { listener: 'mqtts' });
  expect(expiry - Date.now() / 1000).toBeGreaterThan(29 * 86_400);

  // A ticket of before is good: a reconnect storm after a renewal is cheap.
  expect((await handshake(gateway.port('mqtts'), { session })).isSessionReused()).toBe(true);
  const resumed = (): Promise<number> =>
    gateway.metric('tributary_tls_handshakes_total', { kind: 'resumed' });
  await until('the handshake to be counted', async () => (await resumed()) > 0, soon);

  replaceBy(authorities.certificate('late', ours, { from: -3, to: -1 }));
  await until('the expired one to be told of', () => admin.output.includes('has expired'), soon);
  for (const port of doors) expect(await subjectAt(port)).toBe('renewed');

  writeFileSync(inUse.certFile, 'half a cert');
  await until('the refusal', () => admin.output.includes('not taken'), soon);
  await until(
    'the refusal of the gateway',
    () => gateway.log().some(({ reason }) => reason === 'not-a-certificate'),
    soon,
  );
  for (const port of doors) expect(await subjectAt(port)).toBe('renewed');
  expect(gateway.process.lines.join()).not.toContain('PRIVATE KEY');
});

test('a node tells the dashboard how its certificates stand', async () => {
  const told = await until('the figures', async () => {
    const entries = await redis.client.xrange(keys.nodeStats(gateway.node), '-', '+');
    return entries
      .map(([, fields]) => fields[fields.indexOf('certificates') + 1])
      .find((text) => text?.startsWith('['));
  });
  const { validFrom, expiresAt, ...first } = (JSON.parse(told) as Record<string, unknown>[])[0]!;
  expect(first).toEqual({ listener: 'mqtts', trouble: expect.any(String) as string });
  expect(Number(expiresAt)).toBeGreaterThan(Number(validFrom));
});

test('TLS 1.2 is refused unless it is asked for', async () => {
  for (const port of [gateway.port('mqtts'), gateway.port('wss'), Number(new URL(admin.address).port)])
    await expect(handshake(port, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version|alert/i);
  const failed = { reason: 'protocol-version' };
  const refused = (): Promise<number> => gateway.metric('tributary_tls_handshakes_failed_total', failed);
  await until('both to be counted', async () => (await refused()) === 2, soon);
});
