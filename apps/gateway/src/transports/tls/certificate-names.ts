import { certificateFields } from './certificate-fields.ts';
import type { DerElement } from './der.ts';
import { nameKey } from './name-key.ts';
import type { IssuerAndSerial } from './peer-certificate.ts';

/** What revocation lists go by, and who it is to what it issued. */
export interface NamedCertificate extends IssuerAndSerial {
  /** `nameKey` of its own subject. */
  readonly subjectKey: string;
}

/** @throws DerError when it is no certificate */
export function namesOf(certificate: { readonly raw: Buffer }): NamedCertificate {
  const { issuer, serial, subject } = certificateFields(certificate);
  return { issuerKey: nameKey(issuer), serialKey: serialKey(serial), subjectKey: nameKey(subject) };
}

/** A serial number as a key of sets: a character for each byte, cheaper than digits. DER has one way to write a number. */
export const serialKey = (serial: DerElement): string => serial.body.toString('latin1');
