import type { DeviceDetail } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { formatCount, formatExact, formatLength, formatProtocol, formatSpan } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Moment } from '../parts/age.tsx';
import { BandBadge } from '../parts/band.tsx';
import { State } from '../parts/glyph.tsx';
import { CauseWord } from '../parts/penalties.tsx';
import { Text } from '../parts/text.tsx';
import { TraceBadge } from './trace-badge.tsx';
import { filterPath, hostOf, nodeIdOf, zombieSentences } from './device-words.ts';

/** State, quality and the facts one looks for first. */
export function DeviceHead({ device }: { device: DeviceDetail }) {
  return (
    <>
      <div className="device-head">
        <Fact title="State">
          <State state={device.state} {...(device.reason !== '' && { reason: device.reason })} />
        </Fact>
        <Fact title="Quality">
          <span className="device-quality">
            <BandBadge band={device.band} score={device.score} width="full" />
            <CauseWord cause={device.cause} />
          </span>
        </Fact>
        <Fact title={device.state === 'connected' ? 'Connected' : 'Last connected'}>
          <Since device={device} />
        </Fact>
        <Fact title="Heard">
          <Heard at={device.lastSeen} />
        </Fact>
        <Fact title="Node">
          {device.node === '' ? (
            '–'
          ) : (
            <Link href={`/nodes/${encodeURIComponent(device.node)}`} data-tip={device.node}>
              {nodeIdOf(device.node)}
            </Link>
          )}
        </Fact>
        <Fact title="Address">
          <Text text={device.address} most={60} />
          {device.behindAddress > 1 && (
            <small>
              <Link href={filterPath('ip', hostOf(device.address))}>
                {formatCount(device.behindAddress)} devices come from there
              </Link>
            </small>
          )}
        </Fact>
        <Fact title="Speaks">
          {formatProtocol(device.protocol)} over {device.transport === 'ws' ? 'WebSocket' : 'TCP'}
          <small>listener {device.listener}</small>
        </Fact>
        <Fact title="Class">
          {device.class}
          {device.isSleepy && <small>sleepy: silence costs it nothing</small>}
        </Fact>
        <Fact title="Reconnects">
          {formatCount(device.flaps)} <small>unplanned, within the hour</small>
        </Fact>
        <Fact title="Waiting for it">
          {formatCount(device.backlog)} <small>messages</small>
        </Fact>
      </div>
      <Tags tags={device.tags} />
      {device.zombie !== '' && (
        <p className="device-note" role="status">
          ◆ {zombieSentences[device.zombie] ?? device.zombie}
        </p>
      )}
      <TraceBadge id={device.id} />
    </>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="fact">
      <h2>{title}</h2>
      <div>{children}</div>
    </div>
  );
}

function Heard({ at }: { at: number }) {
  const now = useServerNow();
  if (at === 0) return '–';
  const span = formatSpan(now - at);
  return <time title={formatExact(at)}>{span === 'now' ? 'now' : `${span} ago`}</time>;
}

function Since({ device: { state, connectedAt, disconnectedAt } }: { device: DeviceDetail }) {
  const now = useServerNow();
  if (connectedAt === 0) return '–';
  if (state === 'connected') {
    return (
      <>
        {formatLength(now - connectedAt)}
        <small>
          since <Moment at={connectedAt} />
        </small>
      </>
    );
  }
  return (
    <>
      <Moment at={connectedAt} />
      {disconnectedAt > connectedAt && <small>for {formatLength(disconnectedAt - connectedAt)}</small>}
    </>
  );
}

function Tags({ tags }: { tags: Readonly<Record<string, string>> }) {
  const entries = Object.entries(tags);
  if (entries.length === 0) return null;
  return (
    <p className="device-tags">
      {entries.map(([name, value]) => (
        <Link
          key={name}
          href={filterPath(`tag.${name}`, value)}
          className="chip"
          data-tip="Devices with this tag"
        >
          <span className="chip-text">
            {name}: <Text text={value} most={64} />
          </span>
        </Link>
      ))}
    </p>
  );
}
