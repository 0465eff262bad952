import type { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import {
  readAuthorities,
  readServerCertificate,
  readTlsFile,
  type ServerCertificate,
  serverTls,
  TlsFileError,
} from '@tributary/runtime';
import type { TlsSettings } from './tls-settings.ts';

/** What the files of a listener hold, read together and found to be of use. */
export interface TlsMaterial {
  readonly certificate: ServerCertificate;
  readonly authorities: readonly X509Certificate[];
  readonly context: SecureContextOptions;
  /** What ticket keys are made of; undefined where nodes do not share any. */
  readonly ticketSecret: Buffer | undefined;
}

/** As much as a key of AES-256 has. */
const minSecretBytes = 32;

/**
 * Reads certificate, key and authorities anew.
 * @throws TlsFileError naming the file that is of no use
 */
export function readTlsMaterial(settings: TlsSettings): TlsMaterial {
  const certificate = readServerCertificate(settings);
  const bundle = settings.caFile === undefined ? undefined : readAuthorities(settings.caFile);
  const context: SecureContextOptions = {
    ...serverTls(settings.minVersion),
    cert: certificate.cert,
    key: certificate.key,
    ...(bundle === undefined ? {} : { ca: bundle.pem }),
    sessionTimeout: settings.ticketLifetimeSeconds,
  };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new TlsFileError('refused-by-openssl', settings.certFile, `OpenSSL refuses it`, error);
  }
  const ticketSecret =
    settings.ticketKeyFile === undefined ? undefined : readTicketSecret(settings.ticketKeyFile);
  return { certificate, authorities: bundle?.certificates ?? [], context, ticketSecret };
}

function readTicketSecret(file: string): Buffer {
  const secret = readTlsFile(file);
  if (secret.length >= minSecretBytes) return secret;
  throw new TlsFileError('not-a-key', file, `holds fewer than ${minSecretBytes} bytes`);
}
