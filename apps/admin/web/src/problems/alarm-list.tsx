import type { Alarm } from '@tributary/protocol/admin-api';
import { BellOff, CircleAlert, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { send } from '../api/client.ts';
import { ApiError } from '../api/problem.ts';
import { formatLength, formatMoment } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { notices } from '../parts/notices.ts';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';
import { alarmPath } from './alarm-path.ts';
import { MuteDialog } from './mute-dialog.tsx';

/** Alarms as sentences, each with what can be done about it. */
export function AlarmList({
  title,
  alarms,
  empty,
}: {
  title: string;
  alarms: readonly Alarm[];
  empty?: string;
}) {
  const [muted, setMuted] = useState<Alarm>();
  return (
    <Panel title={title}>
      {alarms.length === 0 && empty !== undefined && <Empty title={empty} />}
      <ul className="alarms">
        {alarms.map((alarm) => (
          <AlarmLine key={alarm.id} alarm={alarm} onMute={() => setMuted(alarm)} />
        ))}
      </ul>
      {muted !== undefined && <MuteDialog alarm={muted} onClose={() => setMuted(undefined)} />}
    </Panel>
  );
}

function AlarmLine({ alarm, onMute }: { alarm: Alarm; onMute: () => void }) {
  const ask = (action: 'acknowledge' | 'unmute') => (): void => {
    send(alarmPath(alarm, action), undefined, { body: {} }).catch((error: unknown) => {
      const why = error instanceof ApiError ? error.message : String(error);
      notices.say({ kind: 'trouble', text: `It was not done: ${why}.` });
    });
  };
  return (
    <li className="alarm" data-severity={alarm.severity} data-state={alarm.state}>
      <Mark alarm={alarm} />
      <div>
        <p>
          <Text text={alarm.text} most={300} />
        </p>
        <small className="quiet">
          <Since alarm={alarm} />
        </small>
      </div>
      <div className="row-actions">
        {alarm.link !== '' && (
          <Link href={alarm.link} className="button">
            Show
          </Link>
        )}
        {alarm.state === 'open' && (
          <Needs role="operator">
            <button type="button" onClick={ask('acknowledge')}>
              Acknowledge
            </button>
          </Needs>
        )}
        {(alarm.state === 'open' || alarm.state === 'acknowledged') && (
          <Needs role="operator">
            <button type="button" onClick={onMute}>
              Mute…
            </button>
          </Needs>
        )}
        {alarm.state === 'muted' && (
          <Needs role="operator">
            <button type="button" onClick={ask('unmute')}>
              Unmute
            </button>
          </Needs>
        )}
      </div>
    </li>
  );
}

function Mark({ alarm }: { alarm: Alarm }) {
  const Icon =
    alarm.state === 'muted' ? BellOff : alarm.severity === 'critical' ? CircleAlert : TriangleAlert;
  return (
    <span className="alarm-mark">
      <Icon size={18} aria-hidden="true" />
      <span>{alarm.severity}</span>
    </span>
  );
}

function Since({ alarm }: { alarm: Alarm }) {
  const now = useServerNow();
  const { state, raisedAt, closedAt, acknowledgedBy, mutedUntil, mutedBy } = alarm;
  const words = [`since ${formatMoment(raisedAt, now)}, ${formatLength((closedAt ?? now) - raisedAt)}`];
  if (closedAt !== null) words.push(`ended ${formatMoment(closedAt, now)}`);
  if (state === 'acknowledged' && acknowledgedBy !== null) words.push(`${acknowledgedBy} knows`);
  if (state === 'muted' && mutedUntil !== null)
    words.push(`muted until ${formatMoment(mutedUntil, now)} by ${mutedBy ?? 'somebody'}`);
  return words.join(' · ');
}
