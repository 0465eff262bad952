import type { DetailedPeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';
import { commonName, makeCertificate, type Signer } from '../../../testing/x509.ts';
import { Issuers } from './issuers.ts';

const [ours, theirs] = [1, 2].map(() => makeCertificate(commonName('Fleet CA'), { isAuthority: true })) as [
  Signer,
  Signer,
];
const name = 'fleet ca';

/** A device of this authority as a full handshake shows it, or a ticket. */
function peer(issuer: Signer, isResumed = false): DetailedPeerCertificate {
  const { raw } = makeCertificate(commonName('d'), { serial: 7, issuer }).certificate;
  const issuerCertificate = isResumed ? undefined : { raw: issuer.certificate.raw };
  return { raw, issuerCertificate } as DetailedPeerCertificate;
}

test('an issuer is known again when a ticket does not bring it, and is there once', () => {
  const issuers = new Issuers();
  expect(issuers.of(peer(ours, true), name, [])).toBeUndefined();
  const first = issuers.of(peer(ours), name, []);
  expect(first?.raw).toEqual(ours.certificate.raw);
  expect(issuers.of(peer(ours), name, [])).toBe(first);
  expect(issuers.of(peer(ours, true), name, [])).toBe(first);
  expect(issuers.of(peer(ours, true), 'another', [])).toBeUndefined();
});

test('two of one name are told apart by what was sent', () => {
  const issuers = new Issuers();
  for (const issuer of [ours, theirs])
    expect(issuers.of(peer(issuer), name, [])?.raw).toEqual(issuer.certificate.raw);
});

test('of a certificate that comes alone it may be an authority: the one that signed it', () => {
  const authorities = [theirs.certificate, ours.certificate];
  expect(new Issuers().of(peer(ours, true), name, authorities)?.raw).toEqual(ours.certificate.raw);
});
