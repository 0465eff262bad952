import type { AuditKind } from '../config/audit-words.ts';

/** One thing that happened, as far as security is concerned. No secret, no payload and no token may stand in any field. */
export interface AuditEvent {
  readonly kind: AuditKind;
  readonly outcome: 'success' | 'failure';
  /** Real address of the device, `address:port`. */
  readonly source?: string | undefined;
  /** Where it came to: the listener's name. */
  readonly destination?: string | undefined;
  /** `mqtt5`, `mqtt3.1.1`, `tributary.v1`. */
  readonly protocol?: string | undefined;
  readonly clientId?: string | undefined;
  readonly user?: string | undefined;
  /** Authenticator that vouched for it, or refused it. */
  readonly authenticator?: string | undefined;
  /** Code of the close reason, or of the rule. */
  readonly reason?: string | undefined;
  /** In words, for people. */
  readonly detail?: string | undefined;
}

/** Takes events and never waits. Given to every part that has something to tell. */
export interface Audit {
  say(event: AuditEvent): void;
}

/** Tells nobody. */
export const silentAudit: Audit = { say: () => {} };
