import { EventEmitter } from 'node:events';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { TestServer } from '../../../testing/http-server.ts';
import { until } from '../../../testing/until.ts';
import { makeOcspAnswer, revokedStatus } from '../../../testing/ocsp-answers.ts';
import { commonName, makeCertificate } from '../../../testing/x509.ts';
import { certificateFacts } from '../certificate-facts.ts';
import { namesOf } from '../certificate-names.ts';
import type { PeerCertificate } from '../peer-certificate.ts';
import { Ocsp } from './ocsp.ts';
import { questionAbout } from './ocsp-question.ts';

const authority = makeCertificate(commonName('Fleet CA'), { isAuthority: true });
const { certificate: stolen } = makeCertificate(commonName('pump-1'), { serial: 7, issuer: authority });

/** A device as its handshake shows it; a session ticket brings nobody above it. */
function shown(isResumed: boolean, leaf = stolen): [TLSSocket, PeerCertificate] {
  const issuerCertificate = isResumed ? undefined : { raw: authority.certificate.raw };
  const peer = { raw: leaf.raw, issuerCertificate } as DetailedPeerCertificate;
  const certificate = { ...certificateFacts(leaf), chain: [namesOf(leaf)] };
  const socket = Object.assign(new EventEmitter(), { getPeerCertificate: () => peer });
  return [socket as unknown as TLSSocket, certificate];
}

async function desk(refreshMs = 60_000, onRevoked = (): void => {}) {
  const server = await TestServer.start((_request, response) => response.writeHead(503).end());
  const settings = { url: server.url, timeoutMs: 15_000, refreshMs, stale: 'soft' } as const;
  const parts = { authorities: () => [], now: Date.now, onRevoked, onTrouble: () => {} };
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

test('of those who were connected before, each certificate is asked about, a few at a time', async () => {
  const { server, ocsp } = await desk();
  const waiting: (() => void)[] = [];
  server.answer = (_request, response) => void waiting.push(() => response.writeHead(503).end());
  const leaves = Array.from({ length: 20 }, (_, serial) =>
    makeCertificate(commonName('d'), { serial: serial + 100, issuer: authority }),
  );
  const connected = new Map(leaves.map(({ certificate }) => shown(false, certificate)));
  const done = ocsp.askAll(connected);
  for (let answered = 0; answered < leaves.length; answered++) {
    await until('the next question', () => waiting.length > 0);
    expect(waiting.length).toBeLessThanOrEqual(8);
    waiting.shift()!();
  }
  await done;
  expect(server.asked).toHaveLength(20);
});

test('everybody who was connected with a revoked certificate is told of', async () => {
  const told: string[] = [];
  const connections = [shown(false), shown(true), shown(false)];
  const isKnown = (ocsp: Ocsp): string =>
    connections.map(([, certificate]) => ocsp.statusOf(certificate)).join();
  const { server, ocsp } = await desk(60_000, () => told.push(isKnown(ocsp)));
  const about = questionAbout(stolen, authority.certificate).certId;
  const status = revokedStatus(Date.now() - 1000);
  const answer = makeOcspAnswer({ about, status, signer: authority, now: Date.now() });
  server.answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(answer);
  await ocsp.askAll(new Map(connections));
  expect(told.at(-1)).toBe('revoked,revoked,revoked');
  expect(server.asked).toHaveLength(1);
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
