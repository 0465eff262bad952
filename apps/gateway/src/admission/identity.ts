import type { ServiceClass } from '@tributary/protocol';
import type { CertificateFacts } from '../certificate-facts.ts';

/** Who a device has shown itself to be. */
export interface Identity {
  /** Authenticator that vouches for it: its name in the configuration; `anonymous` when nobody does. */
  readonly by: string;
  /** User it may act as; undefined when there is none. */
  readonly user: string | undefined;
  /** The only client id it may use; undefined leaves that to the binding rule. */
  readonly clientId: string | undefined;
  /** Facts for rules: claims of a token, fields of a certificate, what a webhook answered. Never a secret. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Service class it asks for itself; rules of the configuration come first. */
  readonly class: ServiceClass | undefined;
  /** Unix ms after which the session ends; undefined: never. */
  readonly expiresAt: number | undefined;
  /** The certificate it showed, if any. */
  readonly certificate: CertificateFacts | undefined;
}

/** Nobody vouches for it. */
export const anonymous: Identity = {
  by: 'anonymous',
  user: undefined,
  clientId: undefined,
  claims: {},
  class: undefined,
  expiresAt: undefined,
  certificate: undefined,
};
