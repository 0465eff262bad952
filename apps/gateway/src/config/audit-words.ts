/** What the audit tells of; stable names. */
export const auditKinds = [
  'connected',
  'connection-refused',
  'disconnected',
  'authentication-failed',
  'publish-denied',
  'subscribe-denied',
  'throttled',
  'banned',
  'ban-lifted',
  'revoked',
  'overload',
  'configuration',
  'certificate',
] as const;
export type AuditKind = (typeof auditKinds)[number];
