import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

/** Authorities that are kept; a fleet has a few. */
const maxIssuers = 256;

/** Certificates of those who issued what was shown, each there once. */
export class Issuers {
  readonly #byName = new Map<string, X509Certificate[]>();
  #count = 0;

  /**
   * Who issued a certificate; undefined when nobody knows. A device that comes back with a session ticket brings its own
   * certificate alone: then it is who issued it when it came first, or one of the authorities.
   * @param name of the issuer, as `nameKey` writes it
   */
  of(
    { raw, issuerCertificate: above }: DetailedPeerCertificate,
    name: string,
    authorities: readonly X509Certificate[],
  ): X509Certificate | undefined {
    const known = this.#byName.get(name) ?? [];
    if (above === undefined || above.raw.equals(raw)) {
      const shown = new X509Certificate(raw);
      return [...known, ...authorities].find((one) => shown.checkIssued(one) && shown.verify(one.publicKey));
    }
    return known.find((one) => one.raw.equals(above.raw)) ?? this.#keep(name, new X509Certificate(above.raw));
  }

  #keep(name: string, issuer: X509Certificate): X509Certificate {
    if (this.#count >= maxIssuers) return issuer;
    this.#count++;
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), issuer]);
    return issuer;
  }
}
