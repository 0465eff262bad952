import { type DerElement, DerReader, Tag } from './der.ts';

/** What of a certificate is looked at, as its bytes have it (RFC 5280 section 4.1). */
export interface CertificateFields {
  readonly serial: DerElement;
  readonly issuer: DerElement;
  readonly subject: DerElement;
  /** SEQUENCE of them; undefined when it has none. */
  readonly extensions: DerElement | undefined;
}

/** `issuerUniqueID` and `subjectUniqueID`, which nobody uses. */
const uniqueIds = [0x81, 0x82] as const;

/** @throws DerError when it is no certificate */
export function certificateFields({ raw }: { readonly raw: Buffer }): CertificateFields {
  const certificate = new DerReader(new DerReader(raw).take(Tag.SEQUENCE).body);
  const fields = new DerReader(certificate.take(Tag.SEQUENCE).body);
  fields.takeIf(Tag.context(0)); // version
  const serial = fields.take(Tag.INTEGER);
  fields.take(Tag.SEQUENCE); // signature algorithm
  const issuer = fields.take(Tag.SEQUENCE);
  fields.take(Tag.SEQUENCE); // validity
  const subject = fields.take(Tag.SEQUENCE);
  fields.take(Tag.SEQUENCE); // public key
  for (const tag of uniqueIds) fields.takeIf(tag);
  const holder = fields.takeIf(Tag.context(3));
  return { serial, issuer, subject, extensions: holder && new DerReader(holder.body).take(Tag.SEQUENCE) };
}
