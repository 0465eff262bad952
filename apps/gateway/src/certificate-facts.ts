/** What a verified client certificate says of whoever showed it. */
export interface CertificateFacts {
  /** Common name of the subject; '' when it has none, or more than one. */
  readonly commonName: string;
  /** Subject alternative names: `DNS:…`, `URI:…`, `email:…`, `IP Address:…`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo (RFC 7469 section 2.4), base64. */
  readonly spki: string;
  /** Serial number, upper-case hexadecimal digits without leading zeros. */
  readonly serial: string;
  /** Issuer in one line, as the certificate names it. */
  readonly issuer: string;
  /** Unix ms. */
  readonly expiresAt: number;
}
