import { levelOf, type AlarmRule, type Finding } from '../rule.ts';
import { thresholds } from '../thresholds.ts';
import type { GroupTotal } from '../../streams/group-totals.ts';
import { isAbandoned } from './group-abandoned.ts';

const { raiseEntries, keepEntries, raiseOldestMs, keepOldestMs } = thresholds.consumerLag;

/** A consumer group that works, and does not keep up. */
export const consumerLag: AlarmRule = {
  kind: 'consumer-lag',
  raiseAfter: 6,
  closeAfter: 15,
  find: ({ consumers, now }) =>
    consumers.flatMap((group): Finding[] => {
      const level = isAbandoned(group) ? undefined : lagLevel(group, now);
      if (level === undefined) return [];
      const text = `Consumer group ${group.name} does not keep up with what the devices send`;
      return [{ subject: group.name, severity: 'warning', text, link: '/streams', level }];
    }),
};

function lagLevel({ behind, oldestPendingAt }: GroupTotal, now: number): Finding['level'] | undefined {
  const oldestMs = oldestPendingAt === null ? 0 : now - oldestPendingAt;
  const levels = [levelOf(behind, raiseEntries, keepEntries), levelOf(oldestMs, raiseOldestMs, keepOldestMs)];
  return levels.includes('raise') ? 'raise' : levels.find((level) => level !== undefined);
}
