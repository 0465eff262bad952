import { Link } from 'wouter';
import { OctagonAlert, TriangleAlert } from 'lucide-react';
import { useProblems } from '../live/context.ts';
import { Age } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty, Skeleton } from '../parts/states.tsx';
import { visible } from '../parts/safe-text.ts';

const most = 6;

/** Alarms that wait for somebody, the gravest and latest first. */
export function OpenAlarms() {
  const problems = useProblems();
  const open = (problems?.alarms ?? [])
    .filter(({ state }) => state === 'open')
    .sort((a, b) =>
      a.severity === b.severity ? b.raisedAt - a.raisedAt : a.severity === 'critical' ? -1 : 1,
    );
  return (
    <Panel title="Open alarms" actions={<Link href="/problems">All problems</Link>}>
      {problems === undefined ? (
        <Skeleton heights={[80]} />
      ) : open.length === 0 ? (
        <Empty title="Nothing waits for you" />
      ) : (
        <ul className="alarm-lines">
          {open.slice(0, most).map((alarm) => (
            <li key={alarm.id} data-severity={alarm.severity}>
              {alarm.severity === 'critical' ? (
                <OctagonAlert size={15} aria-label="critical" />
              ) : (
                <TriangleAlert size={15} aria-label="warning" />
              )}
              <Link href={alarm.link.startsWith('/') ? alarm.link : '/problems'} dir="auto">
                {visible(alarm.text)}
              </Link>
              <small className="faint">
                <Age at={alarm.raisedAt} />
              </small>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
