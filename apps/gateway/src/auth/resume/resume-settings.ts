/** When a device may come back by its key. */
export interface ResumeSettings {
  readonly enabled: boolean;
  /** How long after it showed its credentials. */
  readonly maxAgeSeconds: number;
  /** Also without TLS, from this very host: for tests and the bench. */
  readonly plainLoopback: boolean;
}

/** What is known of the connection a device comes with. */
export interface ResumeScene {
  readonly listener: string;
  /** `address:port`. */
  readonly remoteAddress: string;
  readonly isEncrypted: boolean;
  /** SHA-256 of the key of the certificate it showed. */
  readonly spki: string | undefined;
}
