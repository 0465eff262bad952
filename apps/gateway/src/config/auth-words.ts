/** How a client id follows from who the device is, where its authenticator does not say one. */
export const bindings = ['equal', 'prefix', 'none'] as const;
export type Binding = (typeof bindings)[number];

/** Names a certificate has. */
export const certificateNames = ['commonName', 'dns', 'uri', 'email', 'fingerprint', 'spki'] as const;
export type CertificateName = (typeof certificateNames)[number];

/** Signatures of tokens this gateway knows (RFC 7518 section 3.1, RFC 8037). `none` is not among them. */
export const tokenAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];
