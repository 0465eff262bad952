import { createHash, type X509Certificate } from 'node:crypto';
import { certificateFields } from '../certificate-fields.ts';
import { DerReader, Tag } from '../der.ts';

/** What a responder is asked about one certificate (RFC 6960 section 4.1). */
export interface OcspQuestion {
  /** CertID in DER, as the answer has to repeat it. */
  readonly certId: Buffer;
  /** OCSPRequest in DER. */
  readonly request: Buffer;
  /** Signs the answer, or who does. */
  readonly issuer: X509Certificate;
}

/** SHA-1 as CertID has it: a name for the issuer, and no proof of anything. All responders know it (RFC 5019 section 2.1.1). */
const sha1 = sequence(Buffer.from('06052b0e03021a0500', 'hex'));

/** The question about a certificate that was shown. @throws DerError when one of them cannot be read */
export function questionAbout(shown: { readonly raw: Buffer }, issuer: X509Certificate): OcspQuestion {
  const { issuer: issuerName, serial } = certificateFields(shown);
  const keyBits = keyBitsOf(issuer);
  const certId = sequence(sha1, octets(hash(issuerName.whole)), octets(hash(keyBits)), serial.whole);
  return { certId, request: sequence(sequence(sequence(sequence(certId)))), issuer };
}

/** The key itself, without its algorithm: the content of the BIT STRING. */
function keyBitsOf({ publicKey }: X509Certificate): Buffer {
  const spki = new DerReader(publicKey.export({ type: 'spki', format: 'der' })).take(Tag.SEQUENCE);
  const fields = new DerReader(spki.body);
  fields.take(Tag.SEQUENCE);
  return fields.take(Tag.BIT_STRING).body.subarray(1);
}

const hash = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest();

/** None of these reaches 128 bytes but the outermost of a question with a long serial number, which has two of length. */
function element(tag: number, body: Buffer): Buffer {
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x81, body.length];
  return Buffer.concat([Buffer.from(head), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(Tag.SEQUENCE, Buffer.concat(parts));
}

function octets(bytes: Buffer): Buffer {
  return element(Tag.OCTET_STRING, bytes);
}
