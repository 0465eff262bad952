import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';

/** Two seconds are promised, of which one is the first node's `refreshMs`; the machine that tests may be busy. */
const everywhereMs = 4000;
const notAuthorized = 0x87;

let authorities: Authorities;
let ours: Certificate;
let publisher: Server;
let redis: RedisServer;
let nodes: readonly Gateway[] = [];

beforeAll(async () => {
  authorities = new Authorities();
  ours = authorities.authority('ours');
  const { certFile, keyFile } = authorities.certificate('server', ours);
  const list = authorities.revocationList(ours);
  publisher = createServer((_request, response) => response.end(readFileSync(list)));
  await new Promise<void>((resolve) => publisher.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(publisher.address() as AddressInfo).port}/ours.crl`;
  redis = await startRedis();
  // Only the first node looks often: the second has to be told.
  const start = (nodeId: string, refreshMs: number): Promise<Gateway> => {
    const crl = { urls: [url], refreshMs, stale: 'hard' };
    const door = { host: '127.0.0.1', port: 0, tls: { certFile, keyFile, caFile: ours.certFile, crl } };
    const listeners = [
      { name: 'mqtts', protocol: 'mqtts', ...door },
      { name: 'wss', protocol: 'wss', ...door },
    ];
    return startGateway({ redisUrl: redis.url, nodeId, config: { listeners } });
  };
  nodes = await Promise.all([start('gw-1', 1000), start('gw-2', 3_600_000)]);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis?.stop();
  publisher?.close();
  authorities?.remove();
});

/** A device with this certificate, connected and let in. */
async function enter(node: Gateway, listener: 'mqtts' | 'wss', { cert, key }: Certificate): Promise<RawMqtt> {
  const options = { ca: ours.cert, cert, key };
  const port = node.port(listener);
  const device = await (listener === 'wss'
    ? RawMqtt.ws(`wss://127.0.0.1:${port}/mqtt`, 5, 'mqtt', options)
    : RawMqtt.tls(port, options));
  onTestFinished(() => device.drop());
  expect((await device.connect(freshId(`${listener}-revoked`))).reasonCode).toBe(0);
  return device;
}

test('who is connected with a certificate that is revoked is let go within 2 s, on every node, over TCP and WebSocket', async () => {
  const stolen = authorities.certificate('stolen', ours);
  const good = authorities.certificate('good', ours);
  const everywhere = (certificate: Certificate): Promise<RawMqtt[]> =>
    Promise.all(
      nodes.flatMap((node) => [enter(node, 'mqtts', certificate), enter(node, 'wss', certificate)]),
    );
  const [revoked, stay] = [await everywhere(stolen), await everywhere(good)];

  authorities.revoke(stolen, ours);
  authorities.revocationList(ours);
  const start = performance.now();
  const ends = await Promise.all(revoked.map((device) => device.end(everywhereMs + 3000)));
  expect(performance.now() - start).toBeLessThan(everywhereMs);

  expect(ends.map(({ disconnect }) => disconnect?.reasonCode)).toEqual(revoked.map(() => notAuthorized));
  for (const device of stay) {
    device.send({ cmd: 'pingreq' });
    await device.take('pingresp');
  }
  for (const node of nodes) {
    await expect(enter(node, 'mqtts', stolen)).rejects.toThrow();
    expect(await node.metric('tributary_certificates_revoked_total')).toBe(2);
    const failed = { reason: 'certificate-revoked' };
    expect(await node.metric('tributary_tls_handshakes_failed_total', failed)).toBeGreaterThan(0);
  }
});
