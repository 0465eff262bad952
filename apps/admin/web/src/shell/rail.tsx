import { Link, useLocation } from 'wouter';
import { useFleet } from '../live/context.ts';
import { Mark } from '../parts/mark.tsx';
import { useRights } from '../session/session.ts';
import { operatorPages, pageOf, pages, type Page } from './pages.ts';

/** The left rail: where one can go. Pages an operator has no right to are not offered. */
export function Rail() {
  const { may } = useRights();
  const offered = (list: readonly Page[]) => list.filter(({ needs }) => may(needs));
  return (
    <nav className="rail" aria-label="Pages">
      <Link href="/" className="brand" aria-label="Tributary, fleet overview">
        <Mark />
        <span>Tributary</span>
      </Link>
      <div className="rail-pages">
        {offered(pages).map((page) => (
          <RailLink key={page.path} page={page} />
        ))}
        <hr />
        {offered(operatorPages).map((page) => (
          <RailLink key={page.path} page={page} />
        ))}
      </div>
    </nav>
  );
}

function RailLink({ page }: { page: Page }) {
  const [path] = useLocation();
  const Icon = page.icon;
  return (
    <Link
      href={page.path}
      className="rail-link"
      aria-current={pageOf(path) === page ? 'page' : undefined}
      data-tip={`Keys: g ${page.key}`}
    >
      <Icon size={16} aria-hidden="true" />
      <span>{page.title}</span>
      {page.path === '/problems' && <AlarmBadge />}
    </Link>
  );
}

function AlarmBadge() {
  const alarms = useFleet()?.alarms;
  const count = (alarms?.critical ?? 0) + (alarms?.warning ?? 0);
  if (alarms === undefined || count === 0) return null;
  return (
    <span className="rail-count" data-severity={alarms.critical > 0 ? 'critical' : 'warning'}>
      {count}
      <span className="sr"> open alarms</span>
    </span>
  );
}
