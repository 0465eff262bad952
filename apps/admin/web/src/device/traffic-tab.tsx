import { deviceTrafficSchema, type DeviceDetail, type DeviceTraffic } from '@tributary/protocol/admin-api';
import { useApi } from '../api/query.ts';
import { formatBytes, formatCount, formatRate, formatSpan } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';

/** What it sends: rates, totals, and its topics out of a sample that says of what it is one. */
export function TrafficTab({ device }: { device: DeviceDetail }) {
  const query = useApi(`/devices/${encodeURIComponent(device.id)}/traffic`, deviceTrafficSchema, {
    everyMs: 10_000,
  });
  return (
    <>
      <Panel title="Messages">
        <dl className="facts">
          <div>
            <dt>Now</dt>
            <dd>{formatRate(device.rate)} /s</dd>
          </div>
          <div>
            <dt>This connection</dt>
            <dd>
              {formatCount(device.epochMessages)}, {formatBytes(device.epochBytes)}
            </dd>
          </div>
          <div>
            <dt>In all</dt>
            <dd>
              {formatCount(device.messages)}, {formatBytes(device.bytes)}
            </dd>
          </div>
          <div>
            <dt>Mean size</dt>
            <dd>{device.messages === 0 ? '–' : formatBytes(device.bytes / device.messages)}</dd>
          </div>
        </dl>
      </Panel>
      <Answer query={query} what="Its topics could not be read:" skeleton={[140]}>
        {(traffic) => <Topics traffic={traffic} />}
      </Answer>
    </>
  );
}

function Topics({ traffic: { topics, sampled } }: { traffic: DeviceTraffic }) {
  const seconds = Math.max(1, (sampled.to - sampled.from) / 1000);
  const note =
    sampled.entries === 0
      ? undefined
      : `out of the newest ${formatCount(sampled.entries)} messages of its partition, ${formatSpan(seconds * 1000)}`;
  return (
    <Panel title="Topics" note={note}>
      {topics.length === 0 ? (
        <Empty title="Nothing of it is in the sample" />
      ) : (
        <PlainTable
          heads={[
            'Topic',
            { number: 'Messages' },
            { number: 'Rate' },
            { number: 'Bytes' },
            { number: 'Last' },
          ]}
          region="Topics"
        >
          {topics.map(({ topic, messages, bytes, lastAt }) => (
            <tr key={topic}>
              <td>
                <Text text={topic} most={100} className="id" />
              </td>
              <td className="number">{formatCount(messages)}</td>
              <td className="number">{formatRate(messages / seconds)} /s</td>
              <td className="number">{formatBytes(bytes)}</td>
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
