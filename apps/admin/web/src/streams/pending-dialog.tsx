import { pendingListSchema, type PendingList } from '@tributary/protocol/admin-api';
import { usePages } from '../api/pages.ts';
import { formatAgo, formatCount } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty, ErrorNote, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';

/** What a group has been given of a partition and not acknowledged, oldest first. */
export function PendingDialog({
  partition,
  group,
  onClose,
}: {
  partition: number;
  group: string;
  onClose: () => void;
}) {
  const path = `/streams/${partition}/groups/${encodeURIComponent(group)}/pending?limit=50`;
  const list = usePages(path, pendingListSchema);
  const rows = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Dialog title={`Pending in ${group}, partition ${partition}`} isOpen onClose={onClose} size="wide">
      <div className="dialog-body">
        {list.error !== null && (
          <ErrorNote what="They could not be read:" error={list.error} retry={() => void list.refetch()} />
        )}
        {rows === undefined && list.error === null && <Skeleton heights={[32, 32, 32]} />}
        {rows?.length === 0 && <Empty title="Nothing is pending any more" />}
        {rows !== undefined && rows.length > 0 && <PendingTable rows={rows} />}
        {list.hasNextPage && (
          <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            Later ones
          </button>
        )}
      </div>
    </Dialog>
  );
}

function PendingTable({ rows }: { rows: PendingList['items'] }) {
  return (
    <PlainTable
      heads={['Stored', 'Consumer', { number: 'Given' }, { number: 'Last' }, 'Entry']}
      region="Pending entries"
    >
      {rows.map((row) => (
        <tr key={row.id}>
          <td>
            <Moment at={row.storedAt} />
          </td>
          <td>
            <Text text={row.consumer} most={40} />
          </td>
          <td className="number">{row.deliveries === 1 ? 'once' : `${formatCount(row.deliveries)} times`}</td>
          <td className="number">{formatAgo(row.idleMs)}</td>
          <td>
            <code>{row.id}</code>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}
