import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The files of a server certificate. */
export interface CertificateFiles {
  /** PEM: the certificate, then its chain. */
  readonly certFile: string;
  /** PEM. */
  readonly keyFile: string;
}

/** A server certificate as it was read, checked. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Unix ms. */
  readonly validFrom: number;
  /** Unix ms. */
  readonly expiresAt: number;
}

export type TlsFileProblem =
  | 'unreadable'
  | 'not-a-certificate'
  | 'not-a-key'
  | 'key-mismatch'
  | 'expired'
  | 'not-a-revocation-list'
  | 'refused-by-openssl';

/** A file of TLS that cannot be used. Never holds anything of its content. */
export class TlsFileError extends Error {
  readonly code: TlsFileProblem;
  readonly file: string;

  constructor(code: TlsFileProblem, file: string, why: string, cause?: unknown) {
    super(`${file}: ${why}`, { cause });
    this.name = 'TlsFileError';
    this.code = code;
    this.file = file;
  }
}

/** Reads them anew. @throws TlsFileError when one cannot be read, or they do not belong together */
export function readServerCertificate({ certFile, keyFile }: CertificateFiles): ServerCertificate {
  const [cert, key] = [readTlsFile(certFile), readTlsFile(keyFile)];
  const leaf = parseCertificate(certFile, cert);
  if (!leaf.checkPrivateKey(parseKey(keyFile, key)))
    throw new TlsFileError('key-mismatch', keyFile, `is not the key of ${certFile}`);
  return { cert, key, validFrom: Date.parse(leaf.validFrom), expiresAt: Date.parse(leaf.validTo) };
}

/** Reads a bundle of certificates. @throws TlsFileError when it cannot be read, or holds none */
export function readAuthorities(file: string): { pem: Buffer; certificates: X509Certificate[] } {
  const pem = readTlsFile(file);
  const blocks = pem.toString('latin1').match(pemCertificate) ?? [];
  if (blocks.length === 0) throw new TlsFileError('not-a-certificate', file, 'holds no certificate in PEM');
  return { pem, certificates: blocks.map((block) => parseCertificate(file, Buffer.from(block, 'latin1'))) };
}

const pemCertificate =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** @throws TlsFileError */
export function readTlsFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TlsFileError('unreadable', file, `cannot be read (${code ?? 'unknown'})`, error);
  }
}

function parseCertificate(file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TlsFileError('not-a-certificate', file, 'holds no certificate in PEM', error);
  }
}

function parseKey(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new TlsFileError('not-a-key', file, 'holds no private key in PEM without a passphrase', error);
  }
}
