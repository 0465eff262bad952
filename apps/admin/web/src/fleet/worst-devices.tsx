import { deviceListSchema } from '@tributary/protocol/admin-api';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { useApi } from '../api/query.ts';
import { SparkColumn } from '../charts/spark-column.tsx';
import { formatMs } from '../format.ts';
import { useLive, useRow, useRows } from '../live/context.ts';
import { BandBadge } from '../parts/band.tsx';
import { Panel } from '../parts/panel.tsx';
import { CauseWord } from '../parts/penalties.tsx';
import { Answer, Empty } from '../parts/states.tsx';
import { DeviceLink } from '../parts/text.tsx';

const everyMs = 20_000;
const rowPx = 28;
const path = `/devices?limit=20&sort=score&q=${encodeURIComponent('state:connected cqi<90')}`;

/** The twenty worst devices. Their order is taken anew now and then; their values are live in between. */
export function WorstDevices() {
  const query = useApi(path, deviceListSchema, { everyMs });
  const ids = query.data?.items.map(({ id }) => id) ?? [];
  const { store } = useLive();
  const { data } = query;
  useRows(ids);
  useEffect(() => {
    if (data === undefined) return;
    store.seedRows(data.items, data.at);
    // A page that is left open for days must not keep everybody who was ever among the worst.
    store.retainRows(new Set(data.items.map(({ id }) => id)));
  }, [store, data]);
  return (
    <Panel
      title="Worst devices"
      note={data === undefined ? undefined : `${data.total} below 90`}
      actions={<Link href="/devices?q=state%3Aconnected&sort=score">All by score</Link>}
    >
      <Answer query={query} what="The worst devices could not be read:" skeleton={[300]}>
        {() =>
          ids.length === 0 ? (
            <Empty title="No device is below 90">
              Every connected device with a score has an excellent link.
            </Empty>
          ) : (
            <div className="worst-box">
              <table className="plain worst">
                <thead>
                  <tr>
                    <th scope="col">Quality</th>
                    <th scope="col">Device</th>
                    <th scope="col">Cause</th>
                    <th scope="col">Last 10 min</th>
                    <th scope="col" className="number">
                      RTT
                    </th>
                    <th scope="col">Node</th>
                  </tr>
                </thead>
                <tbody>
                  {ids.map((id, i) => (
                    <WorstLine key={id} id={id} spark={i === 0 ? ids : undefined} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answer>
    </Panel>
  );
}

/** @param spark in the first line: all ids, as one canvas draws the whole column. */
function WorstLine({ id, spark }: { id: string; spark: readonly string[] | undefined }) {
  const row = useRow(id);
  return (
    <tr style={{ blockSize: rowPx }}>
      <td>{row !== undefined && <BandBadge band={row.band} score={row.score} />}</td>
      <td className="worst-id">
        <DeviceLink id={id} most={48} />
      </td>
      <td>
        <CauseWord cause={row?.cause ?? null} />
      </td>
      <td className="worst-spark">
        {spark !== undefined && <SparkColumn ids={spark} rowHeightPx={rowPx} />}
      </td>
      <td className="number">{row?.rttMs === undefined || row.rttMs === null ? '–' : formatMs(row.rttMs)}</td>
      <td>{row?.node.replace(/\.[^.]*$/, '')}</td>
    </tr>
  );
}
