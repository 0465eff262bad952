import type { Problems } from '@tributary/protocol/admin-api';
import { formatCount, formatSpan } from '../format.ts';
import { useProblems, useServerNow } from '../live/context.ts';
import { Age } from '../parts/age.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty, Skeleton } from '../parts/states.tsx';
import { DeviceLink, Text } from '../parts/text.tsx';
import { AlarmList } from './alarm-list.tsx';
import { alarmGroups, zombieWords } from './problem-words.ts';
import { TurnedAway } from './turned-away.tsx';
import './problems.css';

/** Everything that needs a person: alarms first, then the devices and addresses behind most trouble. */
export function ProblemsPage() {
  const problems = useProblems();
  if (problems === undefined) {
    return (
      <div className="page">
        <PageHead title="Problems" />
        <Skeleton heights={[80, 80, 200]} />
      </div>
    );
  }
  const groups = alarmGroups(problems.alarms);
  return (
    <div className="page">
      <PageHead title="Problems" count={groups.open.length === 0 ? undefined : groups.open.length} />
      <AlarmList title="Open" alarms={groups.open} empty="Nothing needs you" />
      {groups.known.length > 0 && <AlarmList title="Acknowledged and muted" alarms={groups.known} />}
      <div className="problem-panels">
        <Duplicates problems={problems} />
        <Flapping problems={problems} />
        <Slow problems={problems} />
        <Zombies problems={problems} />
        <TurnedAway rows={problems.refused} />
      </div>
      {groups.closed.length > 0 && <AlarmList title="Closed lately" alarms={groups.closed} />}
    </div>
  );
}

function Duplicates({ problems: { duplicates } }: { problems: Problems }) {
  return (
    <Panel title="Two devices, one id" note="takeovers within ten minutes">
      {duplicates.length === 0 ? (
        <Empty title="No id is fought for" />
      ) : (
        <PlainTable heads={['Device', { number: 'Takeovers' }, 'From', { number: 'Last' }]}>
          {duplicates.map(({ id, takeovers, addresses, lastAt }) => (
            <tr key={id}>
              <td>
                <DeviceLink id={id} most={40} />
              </td>
              <td className="number">{formatCount(takeovers)}</td>
              <td>
                <Text text={addresses.join(', ')} most={60} />
              </td>
              <td className="number">
                <Age at={lastAt} />
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Panel>
  );
}

function Flapping({ problems: { flapping } }: { problems: Problems }) {
  return (
    <Panel title="Flapping" note="unplanned reconnects within the hour">
      {flapping.length === 0 ? (
        <Empty title="Nobody comes and goes" />
      ) : (
        <PlainTable heads={['Device', { number: 'Reconnects' }, 'Last reason']}>
          {flapping.map(({ id, flaps, reason }) => (
            <tr key={id}>
              <td>
                <DeviceLink id={id} most={40} />
              </td>
              <td className="number">{formatCount(flaps)}</td>
              <td>
                <Text text={reason} />
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Panel>
  );
}

function Slow({ problems: { slow } }: { problems: Problems }) {
  return (
    <Panel title="Slow devices" note="take slowly what is sent to them">
      {slow.length === 0 ? (
        <Empty title="Everybody keeps up" />
      ) : (
        <PlainTable heads={['Device', { number: 'Waiting' }, { number: 'Points lost to stalls' }]}>
          {slow.map(({ id, backlog, stalls }) => (
            <tr key={id}>
              <td>
                <DeviceLink id={id} most={40} />
              </td>
              <td className="number">{formatCount(backlog)}</td>
              <td className="number">{formatCount(stalls)}</td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Panel>
  );
}

function Zombies({ problems: { zombies } }: { problems: Problems }) {
  const now = useServerNow();
  return (
    <Panel title="Connected and not there">
      {zombies.length === 0 ? (
        <Empty title="Whoever is connected is heard from" />
      ) : (
        <PlainTable heads={['Device', 'Why', { number: 'For' }]}>
          {zombies.map(({ id, why, since }) => (
            <tr key={id}>
              <td>
                <DeviceLink id={id} most={40} />
              </td>
              <td>{zombieWords[why] ?? why}</td>
              <td className="number">{since === 0 ? '–' : formatSpan(now - since)}</td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Panel>
  );
}
