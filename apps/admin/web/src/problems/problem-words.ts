import type { Alarm } from '@tributary/protocol/admin-api';

/** What a device that is connected and not there does. */
export const zombieWords: Readonly<Record<string, string>> = {
  'half-open': 'does not answer: the line is open on our side only',
  'no-traffic': 'pings, and sends nothing',
};

/** A key of the table of close reasons as words. */
export const refusalWords = (reason: string): string => reason.replaceAll('-', ' ');

const rank: Record<Alarm['severity'], number> = { critical: 0, warning: 1 };

/** Alarms by what they ask of an operator: open ones, worst and newest first; known ones; those that ended. */
export function alarmGroups(alarms: readonly Alarm[]): Record<'open' | 'known' | 'closed', Alarm[]> {
  const of = (...states: Alarm['state'][]): Alarm[] => alarms.filter(({ state }) => states.includes(state));
  return {
    open: of('open').sort((a, b) => rank[a.severity] - rank[b.severity] || b.raisedAt - a.raisedAt),
    known: of('acknowledged', 'muted').sort((a, b) => b.raisedAt - a.raisedAt),
    closed: of('closed').sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0)),
  };
}
