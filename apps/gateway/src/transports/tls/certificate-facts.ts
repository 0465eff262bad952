import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { certificateFields } from './certificate-fields.ts';
import { type NamedCertificate, namesOf } from './certificate-names.ts';
import type { CertificateFacts } from '../../certificate-facts.ts';
import type { IssuerAndSerial, PeerCertificate } from './peer-certificate.ts';
import { subjectNames } from './subject-names.ts';

/** Authorities between a certificate and its root that are looked at; real chains have one or two. */
const maxChain = 8;

/** Everything the gateway keeps of a certificate that was shown. @throws DerError when it cannot be read */
export const peerCertificate = (peer: DetailedPeerCertificate): PeerCertificate => ({
  ...certificateFacts(new X509Certificate(peer.raw)),
  chain: chainOf(peer),
});

/** @throws DerError when its names cannot be read */
export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    ...subjectNames(certificateFields(certificate)),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    spki: spkiOf(certificate),
    serial: certificate.serialNumber.toUpperCase().replace(/^0+(?=.)/, ''),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    expiresAt: Date.parse(certificate.validTo),
  };
}

/** SHA-256 of the SubjectPublicKeyInfo, base64: what pins are made of (RFC 7469 section 2.4). */
export const spkiOf = ({ publicKey }: X509Certificate): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

/** Itself, then the authorities that lead up from it, sent or known, without the root: nobody but itself could revoke that. */
function chainOf(peer: DetailedPeerCertificate): IssuerAndSerial[] {
  const chain: NamedCertificate[] = [namesOf(peer)];
  let at = peer;
  while (at.issuerCertificate !== undefined && at.issuerCertificate !== at && chain.length < maxChain) {
    at = at.issuerCertificate;
    const names = namesOf(at);
    if (names.subjectKey === names.issuerKey) break;
    chain.push(names);
  }
  return chain.map(({ issuerKey, serialKey }) => ({ issuerKey, serialKey }));
}
