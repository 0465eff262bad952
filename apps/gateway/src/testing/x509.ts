import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';

// Certificates and revocation lists made by hand, so that tests can make them wrong as well.

/** An element of DER. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const size = body.length < 0x100 ? 1 : body.length < 0x10000 ? 2 : 3;
  const head = Buffer.alloc(2 + size);
  head[0] = tag;
  head[1] = 0x80 | size;
  head.writeUIntBE(body.length, 2, size);
  return Buffer.concat([head, body]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const integer = (value: number): Buffer => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
};
export const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
export const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);

/** GeneralizedTime. @param at Unix ms */
export const time = (at: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`));

/** A Name of one common name. @param tag of its string: UTF8String, or another */
export const commonName = (text: string, tag = 0x0c): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(tag, Buffer.from(text)))));

/** An extension. */
export const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(isCritical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value));

/** ecdsa-with-SHA256. */
export const ecdsa = sequence(oid('2a8648ce3d040302'));

/** Whoever signs. */
export interface Signer {
  readonly name: Buffer;
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

const signed = (body: Buffer, key: KeyObject): Buffer =>
  sequence(body, ecdsa, bits(sign('sha256', body, key)));

export interface CertificateParts {
  readonly serial?: number;
  /** Unix ms. */
  readonly from?: number;
  readonly to?: number;
  readonly issuer?: Signer | undefined;
  /** It may sign others. */
  readonly isAuthority?: boolean;
  /** GeneralNames; 127.0.0.1 without any. */
  readonly alternativeNames?: readonly Buffer[];
  /** Further ones. */
  readonly extensions?: readonly Buffer[];
}

const basicConstraints = '551d13';
export const alternativeNamesOid = '551d11';

const loopback = der(0x87, Buffer.of(127, 0, 0, 1));

/** A certificate of this name, signed by itself where nobody else does. */
export function makeCertificate(name: Buffer, parts: CertificateParts = {}): Signer {
  const { serial = 1, from = 1_600_000_000_000, to = 4_000_000_000_000, issuer, isAuthority } = parts;
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const validity = sequence(time(from), time(to));
  const extensions = sequence(
    extension(alternativeNamesOid, false, sequence(...(parts.alternativeNames ?? [loopback]))),
    ...(isAuthority === true
      ? [extension(basicConstraints, true, sequence(der(0x01, Buffer.of(0xff))))]
      : []),
    ...(parts.extensions ?? []),
  );
  const body = sequence(
    ...[der(0xa0, integer(2)), integer(serial), ecdsa, issuer?.name ?? name, validity, name, publicKey],
    der(0xa3, extensions),
  );
  return { name, key, certificate: new X509Certificate(signed(body, issuer?.key ?? key)) };
}

export interface ListParts {
  readonly serials?: readonly number[];
  /** Unix ms. */
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | undefined;
  /** Further fields of each entry, and of the list itself. */
  readonly entryExtensions?: Buffer | undefined;
  readonly extensions?: Buffer | undefined;
  /** In place of the issuer's own. */
  readonly issuerName?: Buffer | undefined;
  readonly algorithm?: Buffer | undefined;
}

/** A revocation list in DER. */
export function makeList(issuer: Signer, parts: ListParts = {}): Buffer {
  const { serials = [], thisUpdate = 1_700_000_000_000, nextUpdate, algorithm = ecdsa } = parts;
  const entries = serials.map((serial) =>
    sequence(integer(serial), time(thisUpdate), ...(parts.entryExtensions ? [parts.entryExtensions] : [])),
  );
  const body = sequence(
    ...[integer(1), algorithm, parts.issuerName ?? issuer.name, time(thisUpdate)],
    ...(nextUpdate === undefined ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(parts.extensions === undefined ? [] : [der(0xa0, parts.extensions)]),
  );
  return sequence(body, algorithm, bits(sign('sha256', body, issuer.key)));
}

/** Certificate and key as files and TLS options have them. */
export const pemOf = ({ certificate, key }: Signer): { cert: string; key: string } => ({
  cert: certificate.toString(),
  key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
});

/** A revocation list as a file has it. */
export const listPem = (list: Buffer): string =>
  `-----BEGIN X509 CRL-----\n${list.toString('base64')}\n-----END X509 CRL-----\n`;
