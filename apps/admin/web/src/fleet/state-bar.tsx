import type { Fleet } from '@tributary/protocol/admin-api';
import { Link } from 'wouter';
import { formatCount } from '../format.ts';
import { State } from '../parts/glyph.tsx';

/** How the known devices divide: one bar, and the same as words and numbers. */
export function StateBar({ devices }: { devices: Fleet['devices'] }) {
  const share = (count: number): string =>
    devices.total === 0 ? '–' : `${((100 * count) / devices.total).toFixed(1)} %`;
  const shown = ['connected', 'unknown', 'offline'] as const;
  return (
    <section className="panel" aria-label="Devices by state">
      <h2>Devices</h2>
      <div className="state-bar" aria-hidden="true">
        {shown.map((state) => (
          <i
            key={state}
            data-state={state}
            style={{ flexGrow: devices[state] }}
            hidden={devices[state] === 0}
          />
        ))}
      </div>
      <ul className="state-list">
        {shown.map((state) => (
          <li key={state}>
            <Link href={`/devices?state=${state}`}>
              <State state={state} />
            </Link>
            <b>{formatCount(devices[state])}</b>
            <span className="faint">{share(devices[state])}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
