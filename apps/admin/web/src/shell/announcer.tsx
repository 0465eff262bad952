import { useEffect, useRef, useState } from 'react';
import { useFleet } from '../live/context.ts';
import { alarmWords, announcementOf, isWorthSaying } from './announcement.ts';

const leastMs = 10_000;

/** For those who listen instead of looking: the fleet in a sentence when it has changed, at most every ten seconds. */
export function Announcer() {
  const fleet = useFleet();
  const [said, setSaid] = useState('');
  const [alarm, setAlarm] = useState('');
  const last = useRef<{ fleet: NonNullable<typeof fleet>; at: number }>(undefined);
  const lastCritical = useRef<number>(undefined);
  useEffect(() => {
    if (fleet === undefined) return;
    const before = last.current;
    const now = performance.now();
    const { critical } = fleet.alarms;
    const more = critical - (lastCritical.current ?? critical);
    lastCritical.current = critical;
    if (more > 0) setAlarm((words) => alarmWords(words, more, critical));
    if (before === undefined || (now - before.at > leastMs && isWorthSaying(before.fleet, fleet))) {
      if (before !== undefined) setSaid(announcementOf(fleet));
      last.current = { fleet, at: now };
    }
  }, [fleet]);
  return (
    <>
      <div className="sr" role="status" aria-live="polite">
        {said}
      </div>
      <div className="sr" role="alert" aria-live="assertive">
        {alarm}
      </div>
    </>
  );
}
