import type { GroupTotal } from '../../streams/group-totals.ts';
import type { AlarmRule } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { idleMs: abandonedAfterMs } = thresholds.groupAbandoned;

/** A consumer group nobody works for any more, while entries wait for it. */
export const groupAbandoned: AlarmRule = {
  kind: 'group-abandoned',
  raiseAfter: 6,
  closeAfter: 6,
  find: ({ consumers }) =>
    consumers.filter(isAbandoned).map(({ name }) => ({
      subject: name,
      severity: 'warning',
      text: `Consumer group ${name} has entries waiting, and no consumer that asks for them`,
      link: '/streams',
      level: 'raise',
    })),
};

/** Entries wait, and nobody has asked for any for long. */
export function isAbandoned({ behind, pending, consumers, idleMs }: GroupTotal): boolean {
  const waits = behind + pending > 0;
  return waits && (consumers === 0 || (idleMs !== null && idleMs >= abandonedAfterMs));
}
