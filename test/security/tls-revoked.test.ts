import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Authorities, type Certificate } from '../support/certificates.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { freshId } from '../support/stage.ts';
import { changedAt, endedInTime } from './support/within-two-seconds.ts';

const notAuthorized = 0x87;

let authorities: Authorities;
let ours: Certificate;
let publisher: Server;
let list: string;
let redis: RedisServer;
let nodes: readonly Gateway[] = [];

beforeAll(async () => {
  authorities = new Authorities();
  ours = authorities.authority('ours');
  const { certFile, keyFile } = authorities.certificate('server', ours);
  list = authorities.revocationList(ours);
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

interface Device {
  readonly id: string;
  readonly client: RawMqtt;
}

/** A device with this certificate, connected and let in. */
async function enter(node: Gateway, listener: 'mqtts' | 'wss', { cert, key }: Certificate): Promise<Device> {
  const options = { ca: ours.cert, cert, key };
  const port = node.port(listener);
  const client = await (listener === 'wss'
    ? RawMqtt.ws(`wss://127.0.0.1:${port}/mqtt`, 5, 'mqtt', options)
    : RawMqtt.tls(port, options));
  onTestFinished(() => client.drop());
  const id = freshId(`${listener}-revoked`);
  expect((await client.connect(id)).reasonCode).toBe(0);
  return { id, client };
}

test('who is connected with a certificate that is revoked is let go within 2 s, on every node, over TCP and WebSocket', async () => {
  const stolen = authorities.certificate('stolen', ours);
  const good = authorities.certificate('good', ours);
  const everywhere = (certificate: Certificate): Promise<Device[]> =>
    Promise.all(
      nodes.flatMap((node) => [enter(node, 'mqtts', certificate), enter(node, 'wss', certificate)]),
    );
  const [revoked, stay] = [await everywhere(stolen), await everywhere(good)];

  authorities.revoke(stolen, ours);
  authorities.revocationList(ours);
  // Of the two seconds one is the first node's `refreshMs`.
  const atMs = changedAt(list);
  const ends = await Promise.all(revoked.map(({ client }) => client.end()));
  expect(ends.map(({ disconnect }) => disconnect?.reasonCode)).toEqual(revoked.map(() => notAuthorized));
  const ids = revoked.map(({ id }) => id);
  await endedInTime(redis.client, ids, 'certificate-revoked', atMs);
  for (const { client } of stay) {
    client.send({ cmd: 'pingreq' });
    await client.take('pingresp');
  }
  for (const node of nodes) {
    await expect(enter(node, 'mqtts', stolen)).rejects.toThrow();
    expect(await node.metric('tributary_certificates_revoked_total')).toBe(2);
    const failed = { reason: 'certificate-revoked' };
    expect(await node.metric('tributary_tls_handshakes_failed_total', failed)).toBeGreaterThan(0);
  }
});
