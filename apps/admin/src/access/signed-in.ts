import type { Needs, Role } from '@tributary/protocol/admin-api';
import type { FastifyRequest } from 'fastify';

/** Whoever sent a request, with the rights they have now. */
export interface SignedIn {
  readonly name: string;
  readonly role: Role;
  /** The right `payload:read`. */
  readonly canReadPayload: boolean;
  /** `session`: a browser's cookie; `token`: an API token. */
  readonly via: 'session' | 'token';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be; every route of the API says it (`requireNeeds`). */
    needs?: Needs;
    /**
     * How a write is called in the audit, `device.disconnect`; without it `POST /api/v1/…`. `false`: this POST changes
     * nothing (a dry run), so it is not audited and works while Redis is away.
     */
    audit?: string | false;
  }
  interface FastifyRequest {
    /** Set by the guard; undefined on a public route and for whoever is not signed in. */
    signedIn: SignedIn | undefined;
    /** As `signedIn`, for routes that are not public. @throws Error when nobody is. */
    readonly operator: SignedIn;
  }
}

/** The getter behind `request.operator`. */
export function operatorOf(this: FastifyRequest): SignedIn {
  if (this.signedIn === undefined) throw new Error('a public route has no operator');
  return this.signedIn;
}
