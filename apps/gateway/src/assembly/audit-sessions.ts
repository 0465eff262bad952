import type { Audit, AuditEvent } from '../audit/audit-event.ts';
import type { Session } from '../session/session.ts';

/** Tells the audit that a device is in. */
export function auditConnected(audit: Audit, session: Session): void {
  audit.say({ kind: 'connected', outcome: 'success', ...whoAndWhere(session) });
}

/** Tells it why the device's connection ended. */
export function auditDisconnected(audit: Audit, session: Session): void {
  const { endedBy: reason, endedDetail: detail } = session;
  audit.say({ kind: 'disconnected', outcome: 'success', ...whoAndWhere(session), reason, detail });
}

function whoAndWhere({ connection, clientId, identity }: Session): Omit<AuditEvent, 'kind' | 'outcome'> {
  return {
    source: connection.transport.remoteAddress,
    destination: connection.listener,
    protocol: connection.protocol,
    clientId,
    user: identity.user,
    authenticator: identity.by,
  };
}
