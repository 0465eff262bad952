import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { type NamedCertificate, namesOf } from './certificate-names.ts';
import type { CertificateFacts, CertificateName, PeerCertificate } from './peer-certificate.ts';

/** Authorities between a certificate and its root that are looked at; real chains have one or two. */
const maxChain = 8;

/** Everything the gateway keeps of a certificate that was shown. @throws DerError when it cannot be read */
export const peerCertificate = (peer: DetailedPeerCertificate): PeerCertificate => ({
  ...certificateFacts(new X509Certificate(peer.raw)),
  chain: chainOf(peer),
});

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    commonName: commonNameOf(certificate.subject),
    alternativeNames: alternativeNamesOf(certificate.subjectAltName),
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

/** Node writes a line for each part of the subject and escapes controls. Two names would be a choice, so they are none. */
function commonNameOf(subject: string): string {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? names[0]!.slice(3) : '';
}

/** Node quotes what could be taken for two names; nobody has a use for those. */
function alternativeNamesOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  const names = text.match(/[^,"]*(?:"(?:[^"\\]|\\.)*")?[^,"]*(?:, |$)/g) ?? [];
  return names.map((name) => name.replace(/, $/, '')).filter((name) => name !== '' && !name.includes('"'));
}

/** Itself, then the authorities that lead up from it, sent or known, without the root: nobody but itself could revoke that. */
function chainOf(peer: DetailedPeerCertificate): CertificateName[] {
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
