import { automaticBans, type Ban } from '@tributary/backplane';
import { formatIpAddress, formatIpPrefix, parseBanTarget } from '@tributary/protocol';
import type { Audit, AuditEvent } from '../../audit/audit-event.ts';

/** Tells the audit that a ban is in force on this node. */
export function auditBan(audit: Audit, ban: Ban): void {
  const end = new Date(ban.until).toISOString();
  audit.say({ ...aboutOf(ban), kind: 'banned', detail: `by ${ban.by} until ${end}: ${ban.reason}` });
}

/** Tells it that a ban was lifted before its time. */
export function auditLifted(audit: Audit, ban: Ban): void {
  audit.say({ ...aboutOf(ban), kind: 'ban-lifted', detail: `was by ${ban.by}: ${ban.reason}` });
}

function aboutOf({ target, by }: Ban): Omit<AuditEvent, 'kind'> {
  return { outcome: 'success', reason: reasonOf(by), ...whomOf(target) };
}

function reasonOf(by: string): string {
  if (by === automaticBans.flapping) return 'flapping';
  return by === automaticBans.failedAuthentications ? 'failed-authentications' : 'operator';
}

function whomOf(target: string): Pick<AuditEvent, 'source' | 'clientId' | 'user'> {
  const meant = parseBanTarget(target);
  switch (meant?.kind) {
    case 'id':
      return { clientId: meant.id };
    case 'user':
      return { user: meant.user };
    case 'ip':
      return { source: formatIpAddress(meant.address) };
    case 'prefix':
      return { source: formatIpPrefix(meant.prefix) };
    case 'at': {
      const { address, who } = meant;
      const named = who.kind === 'id' ? { clientId: who.id } : { user: who.user };
      return { source: formatIpAddress(address), ...named };
    }
    case undefined:
      return {};
  }
}
