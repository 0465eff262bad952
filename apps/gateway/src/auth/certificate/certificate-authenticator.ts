import type { CertificateName } from '../../config/auth-words.ts';
import type { Authenticator, Credentials, Verdict } from '../authenticator.ts';
import { accepted, pass } from '../verdicts.ts';
import { nameIn } from './certificate-name.ts';

export interface CertificateOptions {
  readonly name: string;
  readonly from: CertificateName;
  readonly is: 'clientId' | 'user';
  /** Taken off the beginning and the end of the name; a name without them is not of this authenticator. */
  readonly prefix: string;
  readonly suffix: string;
}

/** Goes by the client certificate, whose chain the TLS listener has verified. */
export class CertificateAuthenticator implements Authenticator {
  readonly name: string;
  readonly #options: CertificateOptions;

  constructor(options: CertificateOptions) {
    this.name = options.name;
    this.#options = options;
  }

  authenticate({ certificate }: Credentials): Verdict {
    if (certificate === undefined) return pass;
    const name = this.#nameOf(nameIn(certificate, this.#options.from));
    if (name === undefined) return pass;
    const { commonName, fingerprint, serial, issuer } = certificate;
    return accepted(this.name, {
      user: name,
      clientId: this.#options.is === 'clientId' ? name : undefined,
      claims: { commonName, fingerprint, serial, issuer },
      expiresAt: certificate.expiresAt,
    });
  }

  #nameOf(full: string | undefined): string | undefined {
    const { prefix, suffix } = this.#options;
    if (full === undefined || full.length <= prefix.length + suffix.length) return undefined;
    if (!full.startsWith(prefix) || !full.endsWith(suffix)) return undefined;
    return full.slice(prefix.length, full.length - suffix.length);
  }
}
