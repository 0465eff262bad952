import type { AuditEvent } from '../audit/audit-event.ts';
import type { Session } from './session.ts';

/** Of whom an audit line speaks, and where it is connected. */
export function whoAndWhere({
  connection,
  clientId,
  identity,
}: Session): Omit<AuditEvent, 'kind' | 'outcome'> {
  return {
    source: connection.transport.remoteAddress,
    destination: connection.listener,
    protocol: connection.protocol,
    clientId,
    user: identity.user,
    authenticator: identity.by,
  };
}
