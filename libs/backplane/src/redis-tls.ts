import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from 'node:tls';

/** How the certificate of a Redis behind `rediss://` is judged, beyond what this machine trusts. */
export interface RedisTlsOptions {
  /** PEM: the authorities to trust, in place of those of this machine. */
  readonly caFile?: string | undefined;
  /** Pins (RFC 7469 section 2.4): one must be the key of Redis's certificate, SHA-256 of its SubjectPublicKeyInfo in base64. Empty: any. */
  readonly spki?: readonly string[] | undefined;
}

/**
 * Options of a TLS connection to `host`.
 * @throws RangeError when `caFile` cannot be read
 */
export function redisTls(host: string, { caFile, spki = [] }: RedisTlsOptions = {}): ConnectionOptions {
  return {
    // A name to ask for, which an address is not (RFC 6066 section 3); it is checked all the same.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(caFile === undefined ? {} : { ca: readCa(caFile) }),
    ...(spki.length === 0 ? {} : { checkServerIdentity: pinnedTo(new Set(spki)) }),
  };
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RangeError(`redis.tls.caFile: ${file} cannot be read (${code ?? 'unknown'})`, { cause });
  }
}

/** Node asks this once the chain is good. A pin narrows that, it does not stand in for it. */
function pinnedTo(pins: ReadonlySet<string>) {
  return (host: string, certificate: PeerCertificate): Error | undefined => {
    const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(key).digest('base64');
    if (!pins.has(pin)) return new Error(`the key of Redis's certificate, ${pin}, is none of redis.tls.spki`);
    return checkServerIdentity(host, certificate);
  };
}
