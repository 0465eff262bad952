import type { StreamLook } from '@tributary/backplane';
import type { Streams } from '@tributary/protocol/admin-api';
import { behind } from './behind.ts';

export type GroupTotal = Streams['groups'][number] & {
  /** As `lag`, with an estimate where Redis cannot tell. */
  behind: number;
  /** The least of its partitions; null without consumers. */
  idleMs: number | null;
};

/** Groups of one name over all partitions, the furthest behind first. A lag nobody can tell makes the sum null. */
export function groupTotals(looks: Iterable<StreamLook>): GroupTotal[] {
  const totals = new Map<string, GroupTotal>();
  for (const look of looks) {
    for (const group of look.groups) {
      const total = totals.get(group.name) ?? emptyTotal(group.name);
      totals.set(group.name, total);
      total.lag = total.lag === null || group.lag === undefined ? null : total.lag + group.lag;
      total.behind += behind(look, group);
      total.pending += group.pending;
      total.partitions++;
      total.consumers += group.consumers;
      total.oldestPendingAt = least(total.oldestPendingAt, group.oldestPendingAt);
      total.idleMs = least(total.idleMs, group.idleMs);
    }
  }
  return [...totals.values()].sort((a, b) => waiting(b) - waiting(a) || (a.name < b.name ? -1 : 1));
}

const emptyTotal = (name: string): GroupTotal => ({
  ...{
    name,
    lag: 0,
    behind: 0,
    pending: 0,
    oldestPendingAt: null,
    partitions: 0,
    consumers: 0,
    idleMs: null,
  },
});

const waiting = ({ behind: unread, pending }: GroupTotal): number => unread + pending;

function least(one: number | null, other: number | undefined): number | null {
  if (other === undefined) return one;
  return one === null ? other : Math.min(one, other);
}
