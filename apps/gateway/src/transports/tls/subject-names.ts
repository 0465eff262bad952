import { formatIpAddress, type IpAddress } from '@tributary/protocol';
import type { CertificateFields } from './certificate-fields.ts';
import { type DerElement, DerError, DerReader, elementsOf, Tag } from './der.ts';
import { textOf } from './name-key.ts';

/** Whom a certificate is of. */
export interface SubjectNames {
  /** Common name of the subject; '' when it has none, more than one, or one that is no plain text. */
  readonly commonName: string;
  /** Subject alternative names, each behind its kind: `DNS:…`, `URI:…`, `email:…`, `IP Address:…`. Other kinds are left out. */
  readonly alternativeNames: readonly string[];
}

/** id-at-commonName, 2.5.4.3 */
const commonNameOid = '550403';
/** id-ce-subjectAltName, 2.5.29.17 */
const alternativeNamesOid = '551d11';

/** GeneralName (RFC 5280 section 4.2.1.6): those that are an IA5String. */
const kinds: ReadonlyMap<number, string> = new Map([
  [0x81, 'email:'],
  [0x82, 'DNS:'],
  [0x86, 'URI:'],
]);
const ipAddressTag = 0x87;

/**
 * Reads the names from the bytes. The texts OpenSSL and Node make of them are escaped for people to read, and were taken in
 * with names that look like several, or like those of another kind (CVE-2021-44532, CVE-2021-44533).
 * @throws DerError when they cannot be read, or stand there twice
 */
export function subjectNames({ subject, extensions }: CertificateFields): SubjectNames {
  return { commonName: commonNameOf(subject), alternativeNames: alternativeNamesOf(extensions) };
}

/** Two names would be a choice, so they are none. */
function commonNameOf(subject: DerElement): string {
  const attributes = elementsOf(subject).flatMap((relative) => elementsOf(relative));
  const found = attributes.flatMap((attribute) => {
    const [type, value] = elementsOf(attribute);
    return type?.body.toString('hex') === commonNameOid && value !== undefined ? [value] : [];
  });
  const text = found.length === 1 ? textOf(found[0]!) : undefined;
  // U+FFFD stands for bytes that are none of the encoding.
  return text === undefined || /[\p{Cc}\p{Cs}\uFFFD]/u.test(text) ? '' : text;
}

function alternativeNamesOf(extensions: DerElement | undefined): string[] {
  const [first, ...more] = (extensions === undefined ? [] : elementsOf(extensions)).flatMap(valueOf);
  if (more.length > 0) throw new DerError('two lists of alternative names');
  if (first === undefined) return [];
  return elementsOf(new DerReader(first.body).take(Tag.SEQUENCE)).flatMap(generalName);
}

/** The value of an extension, where it is of alternative names. */
function valueOf(extension: DerElement): DerElement[] {
  const fields = new DerReader(extension.body);
  if (fields.take(Tag.OID).body.toString('hex') !== alternativeNamesOid) return [];
  fields.takeIf(Tag.BOOLEAN); // critical
  return [fields.take(Tag.OCTET_STRING)];
}

function generalName({ tag, body }: DerElement): string[] {
  if (tag === ipAddressTag) return ipAddressOf(body);
  const kind = kinds.get(tag);
  const text = body.toString('latin1');
  return kind === undefined || !/^[\x20-\x7e]+$/.test(text) ? [] : [kind + text];
}

function ipAddressOf(bytes: Buffer): string[] {
  if (bytes.length !== 4 && bytes.length !== 16) return [];
  const address: IpAddress = {
    family: bytes.length === 4 ? 4 : 6,
    value: BigInt(`0x${bytes.toString('hex')}`),
  };
  return [`IP Address:${formatIpAddress(address)}`];
}
