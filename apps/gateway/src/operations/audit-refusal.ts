import type { CloseReason } from '@tributary/protocol';
import type { Audit } from '../audit/audit-event.ts';
import type { Refused } from './parts.ts';

/** Reasons that say something of who asked, whoever found it out; the others are of where, when and how. */
const ofIdentity: ReadonlySet<CloseReason> = new Set([
  'bad-credentials',
  'auth-method',
  'credentials-expired',
  'certificate-revoked',
]);

/** Tells the audit of a connection that was turned away. */
export function auditRefusal(audit: Audit, refused: Refused): void {
  const { reason, address, clientId, listener, protocol, user, authenticator } = refused;
  const isOfIdentity = ofIdentity.has(reason) || (reason === 'not-authorized' && authenticator !== undefined);
  audit.say({
    kind: isOfIdentity ? 'authentication-failed' : 'connection-refused',
    outcome: 'failure',
    source: address,
    destination: listener,
    protocol,
    clientId,
    user,
    authenticator,
    reason,
  });
}
