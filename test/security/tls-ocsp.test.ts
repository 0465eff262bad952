import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { until } from '../support/until.ts';

let authorities: Authorities;
let ours: Certificate;
let responder: Server;
let asked = 0;
let isAway = false;
let redis: RedisServer;
let gateway: Gateway;
/** How often it is asked again about those who are connected. */
const refreshMs = 1000;

/** What openssl answers to a question, by the book of the authority. */
function answerTo(request: Buffer): Buffer {
  const [from, to] = ['request.der', 'response.der'].map((name) => join(authorities.dir, name));
  writeFileSync(from!, request);
  const { certFile, keyFile } = ours;
  const index = join(authorities.bookOf(ours), 'index.txt');
  execFileSync(
    'openssl',
    ['ocsp', '-index', index, '-CA', certFile, '-rsigner', certFile, '-rkey', keyFile].concat(
      ...['-reqin', from!, '-respout', to!, '-ndays', '1'],
    ),
    { stdio: 'pipe' },
  );
  return readFileSync(to!);
}

beforeAll(async () => {
  authorities = new Authorities();
  ours = authorities.authority('ours');
  const { certFile, keyFile } = authorities.certificate('server', ours);
  responder = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked++;
      if (isAway) response.writeHead(503).end();
      else response.end(answerTo(Buffer.concat(chunks)));
    });
  });
  await new Promise<void>((resolve) => responder.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(responder.address() as AddressInfo).port}/`;
  redis = await startRedis();
  const ocsp = { url, refreshMs };
  const tls = { certFile, keyFile, caFile: ours.certFile };
  const door = { protocol: 'mqtts', host: '127.0.0.1', port: 0 };
  gateway = await startGateway({
    redisUrl: redis.url,
    config: {
      listeners: [
        { name: 'soft', ...door, tls: { ...tls, ocsp } },
        { name: 'hard', ...door, tls: { ...tls, ocsp: { ...ocsp, stale: 'hard' } } },
      ],
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await redis?.stop();
  responder?.close();
  authorities?.remove();
});

/** A device with this certificate, once it is let in. */
async function enter(listener: string, { cert, key }: Certificate): Promise<RawMqtt> {
  const device = await RawMqtt.tls(gateway.port(listener), { ca: ours.cert, cert, key });
  onTestFinished(() => device.drop());
  expect((await device.connect(freshId('ocsp'))).reasonCode).toBe(0);
  return device;
}

test('the responder is asked about a certificate once, and again while it is connected: a revoked one is let go', async () => {
  const [good, stolen] = ['good', 'stolen'].map((name) => authorities.certificate(name, ours));
  const began = performance.now();
  const devices = [await enter('soft', good!), await enter('soft', good!)];
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(1 + Math.floor((performance.now() - began) / refreshMs));
  const revoked = await enter('soft', stolen!);
  authorities.revoke(stolen!, ours);
  expect((await revoked.end()).disconnect?.reasonCode).toBe(0x87);
  await expect(enter('soft', stolen!)).rejects.toThrow();
  for (const device of devices) {
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
  }
});

test('while it cannot be asked, soft lets in and hard does not', async () => {
  const device = authorities.certificate('late', ours);
  isAway = true;
  await enter('soft', device);
  await expect(enter('hard', device)).rejects.toThrow();
  const failed = { reason: 'revocation-unknown' };
  await until(
    'the refusal to be counted',
    async () => (await gateway.metric('tributary_tls_handshakes_failed_total', failed)) > 0,
  );
  isAway = false;
  await until('it to be let in', () => enter('hard', device));
});
