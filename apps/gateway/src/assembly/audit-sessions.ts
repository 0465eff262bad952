import type { Audit } from '../audit/audit-event.ts';
import type { Session } from '../session/session.ts';
import { whoAndWhere } from '../session/who-and-where.ts';

/** Tells the audit that a device is in. */
export function auditConnected(audit: Audit, session: Session): void {
  audit.say({ kind: 'connected', outcome: 'success', ...whoAndWhere(session) });
}

/** Tells it why the device's connection ended. */
export function auditDisconnected(audit: Audit, session: Session): void {
  const { endedBy: reason, endedDetail: detail } = session;
  audit.say({ kind: 'disconnected', outcome: 'success', ...whoAndWhere(session), reason, detail });
}
