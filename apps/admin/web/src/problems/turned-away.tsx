import { parseTarget, type Problems } from '@tributary/protocol/admin-api';
import { useState } from 'react';
import { Link } from 'wouter';
import { BanDialog } from '../actions/ban-dialog.tsx';
import { filterPath } from '../device/device-words.ts';
import { formatCount } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Panel } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { Needs } from '../session/needs.tsx';
import { refusalWords } from './problem-words.ts';

type Row = Problems['refused'][number];

/** Where connects came from that were turned away: who else comes from there, and a way to keep it out. */
export function TurnedAway({ rows }: { rows: readonly Row[] }) {
  const [banned, setBanned] = useState<string>();
  return (
    <Panel title="Turned away" note="connects within the hour" actions={<Link href="/access">Bans</Link>}>
      {rows.length === 0 ? (
        <Empty title="Nobody was turned away" />
      ) : (
        <PlainTable
          heads={['From', 'Why', { number: 'Times' }, { number: 'Last' }, { hidden: 'Actions' }]}
          region="Turned away"
        >
          {rows.map((row) => (
            <Line key={`${row.reason} ${row.address}`} row={row} onBan={setBanned} />
          ))}
        </PlainTable>
      )}
      {banned !== undefined && <BanDialog target={`ip:${banned}`} onClose={() => setBanned(undefined)} />}
    </Panel>
  );
}

function Line({
  row: { reason, address, count, lastAt },
  onBan,
}: {
  row: Row;
  onBan: (address: string) => void;
}) {
  // Beyond a number of addresses they are counted together, under no address or as `others`.
  const isAddress = parseTarget(`ip:${address}`) !== undefined;
  return (
    <tr>
      <td>
        {!isAddress ? (
          <span className="quiet">further addresses</span>
        ) : (
          <Link href={filterPath('ip', address)} data-tip="Devices that come from there">
            <Text text={address} most={50} />
          </Link>
        )}
      </td>
      <td>{refusalWords(reason)}</td>
      <td className="number">{formatCount(count)}</td>
      <td className="number">
        <Age at={lastAt} />
      </td>
      <td className="row-actions">
        {isAddress && reason !== 'banned' && (
          <Needs role="admin">
            <button type="button" aria-label={`Ban ${address}`} onClick={() => onBan(address)}>
              Ban…
            </button>
          </Needs>
        )}
      </td>
    </tr>
  );
}
