import type { Timeline } from '@tributary/protocol/admin-api';
import { Panel } from '../parts/panel.tsx';
import { lengthBars } from './session-bars.ts';

/** How long its connections lasted, as bars: many short ones are a flapping device. */
export function SessionLengths({ sessions }: { sessions: Timeline['sessions'] }) {
  const bars = lengthBars(sessions);
  const total = sessions.counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  return (
    <Panel title="How long its connections lasted" note={`${total} recorded`}>
      <ul className="length-bars">
        {bars.map(({ title, count, share }) => (
          <li key={title}>
            <span>{title}</span>
            <i style={{ inlineSize: `${share * 100}%` }} />
            <b>{count}</b>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
