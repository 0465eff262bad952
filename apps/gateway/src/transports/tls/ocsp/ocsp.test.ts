import { EventEmitter } from 'node:events';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../../../testing/http-server.ts';
import { until } from '../../../testing/until.ts';
import { commonName, makeCertificate } from '../../../testing/x509.ts';
import { certificateFacts } from '../certificate-facts.ts';
import { namesOf } from '../certificate-names.ts';
import type { PeerCertificate } from '../peer-certificate.ts';
import { Ocsp } from './ocsp.ts';

const authority = makeCertificate(commonName('Fleet CA'), { isAuthority: true });
const { certificate: leaf } = makeCertificate(commonName('pump-1'), { serial: 7, issuer: authority });

/** A device as its handshake shows it; a session ticket brings nobody above it. */
function shown(isResumed: boolean): [DetailedPeerCertificate, TLSSocket, PeerCertificate] {
  const issuerCertificate = isResumed ? undefined : { raw: authority.certificate.raw };
  const peer = { raw: leaf.raw, issuerCertificate } as DetailedPeerCertificate;
  const certificate = { ...certificateFacts(leaf), chain: [namesOf(leaf)] };
  return [peer, new EventEmitter() as TLSSocket, certificate];
}

async function desk(refreshMs = 60_000) {
  const server = await TestServer.start((_request, response) => response.writeHead(503).end());
  const settings = { url: server.url, timeoutMs: 1000, refreshMs, stale: 'soft' } as const;
  const parts = { now: Date.now, onRevoked: () => {}, onTrouble: () => {} };
  const ocsp = new Ocsp(settings, parts);
  onTestFinished(() => ocsp.stop());
  return { server, ocsp, settings, parts };
}

test('who comes back with a session ticket is asked about like anybody', async () => {
  const { server, ocsp } = await desk();
  await ocsp.ask(...shown(false));
  expect(server.asked).toHaveLength(1);
  await ocsp.ask(...shown(true));
  expect(server.asked).toHaveLength(2);
});

test('who is connected is looked after by the settings of now', async () => {
  const { server, ocsp, settings, parts } = await desk();
  await ocsp.ask(...shown(false));
  ocsp.stop();
  const other = new Ocsp({ ...settings, refreshMs: 1000 }, parts, ocsp);
  onTestFinished(() => other.stop());
  other.start();
  await until('another question', () => server.asked.length > 1);
});
