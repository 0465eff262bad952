import { type DerElement, DerReader, Tag } from './der.ts';
import { nameKey } from './name-key.ts';
import type { CertificateName } from './peer-certificate.ts';

/** What revocation lists go by, and who it is to what it issued. */
export interface NamedCertificate extends CertificateName {
  /** `nameKey` of its own subject. */
  readonly subjectKey: string;
}

/**
 * Reads the names out of a certificate, as its bytes have them (RFC 5280 section 4.1).
 * @throws DerError when it is none
 */
export function namesOf({ raw }: { readonly raw: Buffer }): NamedCertificate {
  const certificate = new DerReader(new DerReader(raw).take(Tag.SEQUENCE).body);
  const fields = new DerReader(certificate.take(Tag.SEQUENCE).body);
  fields.takeIf(Tag.context(0)); // version
  const serial = fields.take(Tag.INTEGER);
  fields.take(Tag.SEQUENCE); // signature algorithm
  const issuer = fields.take(Tag.SEQUENCE);
  fields.take(Tag.SEQUENCE); // validity
  const subject = fields.take(Tag.SEQUENCE);
  return { issuerKey: nameKey(issuer), serialKey: serialKey(serial), subjectKey: nameKey(subject) };
}

/** A serial number as a key of sets: a character for each byte, cheaper than digits. DER has one way to write a number. */
export const serialKey = (serial: DerElement): string => serial.body.toString('latin1');
