import type { CloseReason } from '@tributary/protocol';
import { expect, test } from 'vitest';
import type { AuditEvent } from '../audit/audit-event.ts';
import { auditRefusal } from './audit-refusal.ts';

const told = (reason: CloseReason, authenticator?: string): AuditEvent => {
  const events: AuditEvent[] = [];
  const refused = { reason, address: '192.0.2.1:5', clientId: 'pump-1', listener: 'mqtt', authenticator };
  auditRefusal({ say: (event) => void events.push(event) }, refused);
  return events[0]!;
};

test.each([
  ['bad-credentials', 'users', 'authentication-failed'],
  ['not-authorized', 'webhook', 'authentication-failed'],
  ['certificate-revoked', undefined, 'authentication-failed'],
  // A browser from elsewhere, or a will the device may not publish: nobody doubts who it is.
  ['not-authorized', undefined, 'connection-refused'],
  ['auth-unavailable', 'webhook', 'connection-refused'],
  ['server-busy', undefined, 'connection-refused'],
] as const)('%s by %s is told as %3$s', (reason, authenticator, kind) => {
  expect(told(reason, authenticator)).toEqual({
    ...{ kind, outcome: 'failure', reason, authenticator, clientId: 'pump-1' },
    ...{ source: '192.0.2.1:5', destination: 'mqtt', protocol: undefined, user: undefined },
  });
});
