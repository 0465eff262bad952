import type { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import {
  readAuthorities,
  readServerCertificate,
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
}

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
  return { certificate, authorities: bundle?.certificates ?? [], context };
}
