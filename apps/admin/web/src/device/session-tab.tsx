import { deviceSessionSchema, type DeviceDetail, type DeviceSession } from '@tributary/protocol/admin-api';
import type { ReactNode } from 'react';
import { useApi } from '../api/query.ts';
import { formatBytes, formatCount, formatLength, formatSpan } from '../format.ts';
import { useServerNow } from '../live/context.ts';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';

/** What Redis keeps of the session: subscriptions, what waits, what is under way. */
export function SessionTab({ device }: { device: DeviceDetail }) {
  const query = useApi(`/devices/${encodeURIComponent(device.id)}/session`, deviceSessionSchema, {
    everyMs: 5000,
  });
  return (
    <Answer query={query} what="The session could not be read:" skeleton={[110, 160]}>
      {(session) => (
        <>
          <Panel title="Session">
            <dl className="facts">
              <Fact title="Outlives the connection">{expiryWords(device.expiry)}</Fact>
              <Fact title="Keep-alive">{device.keepAlive === 0 ? 'none' : `${device.keepAlive} s`}</Fact>
              <Fact title="Will">{session.hasWill ? 'left with the gateway' : 'none'}</Fact>
              <Fact title="QoS 2 under way">
                {session.receiving} from it, {session.releasing} to it
              </Fact>
              <Fact title="Connections">{formatCount(device.connects)}</Fact>
              <Fact title="Epoch">{session.isKept ? session.epoch : device.epoch}</Fact>
            </dl>
          </Panel>
          <Queue session={session} />
          <Subscriptions session={session} />
        </>
      )}
    </Answer>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Queue({ session: { queue, isKept } }: { session: DeviceSession }) {
  const now = useServerNow();
  return (
    <Panel
      title="Waiting for it"
      note={isKept ? undefined : 'nothing is kept: the session ends with the connection'}
    >
      {queue.length === 0 ? (
        <Empty title="Nothing waits" />
      ) : (
        <p>
          <b>{formatCount(queue.length)}</b> messages, {formatBytes(queue.bytes)}
          {queue.oldestAt !== null && `, the oldest for ${formatLength(now - queue.oldestAt)}`}
        </p>
      )}
      {queue.dropped > 0 && (
        <p className="quiet">{formatCount(queue.dropped)} were dropped because it was full.</p>
      )}
    </Panel>
  );
}

function Subscriptions({ session: { subscriptions, isKept } }: { session: DeviceSession }) {
  if (subscriptions.length === 0) {
    return (
      <Panel title="Subscriptions">
        <Empty title="None that Redis keeps">
          {!isKept && 'Those of a session that ends with its connection are in the memory of its node.'}
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Subscriptions" note={String(subscriptions.length)}>
      <PlainTable heads={['Filter', { number: 'QoS' }, 'Options']} region="Subscriptions">
        {subscriptions.map((subscription) => (
          <tr key={subscription.filter}>
            <td>
              <Text text={subscription.filter} most={120} className="id" />
            </td>
            <td className="number">{subscription.qos}</td>
            <td>{optionWords(subscription)}</td>
          </tr>
        ))}
      </PlainTable>
    </Panel>
  );
}

function optionWords(of: DeviceSession['subscriptions'][number]): string {
  const words: string[] = [];
  if (of.noLocal) words.push('no local');
  if (of.retainAsPublished) words.push('retain as published');
  if (of.retainHandling > 0) words.push(`retain handling ${of.retainHandling}`);
  if (of.identifier !== null) words.push(`identifier ${of.identifier}`);
  return words.join(', ');
}

const forEver = 4_294_967_295;

function expiryWords(seconds: number): string {
  if (seconds === 0) return 'no';
  return seconds === forEver ? 'for ever' : formatSpan(seconds * 1000);
}
