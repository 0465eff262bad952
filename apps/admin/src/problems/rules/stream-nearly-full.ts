import type { Facts } from '../facts.ts';
import { levelOf, type AlarmRule, type Finding } from '../rule.ts';
import { thresholds } from '../thresholds.ts';

const { raiseShare, keepShare, raiseMemoryShare, keepMemoryShare } = thresholds.streamNearlyFull;

/** Entries are about to be dropped before a group has read them, or Redis is about to take no more. */
export const streamNearlyFull: AlarmRule = {
  kind: 'stream-nearly-full',
  raiseAfter: 3,
  closeAfter: 15,
  find: (facts) => [...memoryFindings(facts), ...lagFindings(facts)],
};

function memoryFindings({ memoryShare }: Facts): Finding[] {
  const level = levelOf(memoryShare ?? 0, raiseMemoryShare, keepMemoryShare);
  if (level === undefined) return [];
  const text = 'Redis is near its memory limit: beyond it, no message is stored';
  return [{ subject: 'redis', severity: 'critical', text, link: '/streams', level }];
}

function lagFindings({ furthest, streamMaxLength }: Facts): Finding[] {
  if (streamMaxLength === null) return [];
  return [...furthest].flatMap(([name, { partition, lag }]): Finding[] => {
    const level = levelOf(lag / streamMaxLength, raiseShare, keepShare);
    if (level === undefined) return [];
    const text = `Consumer group ${name} is so far behind in partition ${partition} that entries will soon be dropped unread`;
    return [{ subject: name, severity: 'critical', text, link: '/streams', level }];
  });
}
