import { auditListSchema, type AuditEntry } from '@tributary/protocol/admin-api';
import { usePages } from '../api/pages.ts';
import { Moment } from '../parts/age.tsx';
import { TextField } from '../parts/field.tsx';
import { PageHead } from '../parts/panel.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Empty, ErrorNote, Skeleton } from '../parts/states.tsx';
import { Text } from '../parts/text.tsx';
import { useParam, useSetParams } from '../range/params.ts';
import { auditPath, factsOf, resultWords } from './audit-words.ts';
import './audit.css';

/** Who did what, newest first. The filter is in the URL. */
export function AuditPage() {
  const [who = '', setWho] = useParam('who');
  const [action = '', setAction] = useParam('action');
  const [target = '', setTarget] = useParam('target');
  const list = usePages(auditPath({ who, action, target }), auditListSchema);
  const rows = list.data?.pages.flatMap(({ items }) => items);
  return (
    <div className="page">
      <PageHead title="Audit">
        <button type="button" onClick={() => void list.refetch()} disabled={list.isFetching}>
          Refresh
        </button>
      </PageHead>
      <p className="quiet">
        Every change an operator made or was refused, with who, from where and what came of it. What devices
        send is never in it.
      </p>
      <div className="audit-filter" role="search" aria-label="Filter of the audit">
        <TextField label="Operator" hint="the exact name" value={who} onChange={setWho} />
        <TextField label="Action" hint="how it begins, e.g. device." value={action} onChange={setAction} />
        <TextField label="Target" hint="any part of it" value={target} onChange={setTarget} />
      </div>
      {list.error !== null && (
        <ErrorNote what="The audit could not be read:" error={list.error} retry={() => void list.refetch()} />
      )}
      {rows === undefined && list.error === null && <Skeleton heights={[36, 36, 36, 36]} />}
      {rows?.length === 0 && !list.hasNextPage && <NothingFound isFiltered={who + action + target !== ''} />}
      {rows !== undefined && rows.length > 0 && <AuditTable rows={rows} />}
      {list.hasNextPage && (
        <p>
          <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            {list.isFetchingNextPage ? 'One moment…' : 'Older entries'}
          </button>
        </p>
      )}
    </div>
  );
}

function NothingFound({ isFiltered }: { isFiltered: boolean }) {
  const setParams = useSetParams();
  if (!isFiltered) return <Empty title="Nothing has been done yet" />;
  const showAll = (): void => setParams({ who: undefined, action: undefined, target: undefined });
  return (
    <Empty title="No entry fits">
      <button type="button" onClick={showAll}>
        Show all
      </button>
    </Empty>
  );
}

function AuditTable({ rows }: { rows: readonly AuditEntry[] }) {
  return (
    <PlainTable
      heads={['When', 'Who', 'From', 'Action', 'Target', 'Result', 'Reason and facts']}
      className="audit"
      region="Audit entries"
    >
      {rows.map((entry) => (
        <AuditRow key={entry.id} entry={entry} />
      ))}
    </PlainTable>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const facts = factsOf(entry.detail);
  return (
    <tr data-result={entry.result}>
      <td>
        <Moment at={entry.ts} />
      </td>
      <td>
        {entry.who === '' ? <span className="faint">nobody</span> : <Text text={entry.who} most={64} />}
        {entry.role !== '' && <small>{entry.role}</small>}
      </td>
      <td>
        <Text text={entry.address} />
        {entry.via === 'token' && <small>token</small>}
      </td>
      <td>
        <code>{entry.action}</code>
      </td>
      <td>
        <Text text={entry.target} most={60} className="id" />
      </td>
      <td data-tip={`request ${entry.requestId}`}>
        <span className="audit-result">{resultWords[entry.result] ?? entry.result}</span>
      </td>
      <td>
        {entry.reason !== '' && <Text text={entry.reason} most={160} />}
        {facts.length > 0 && (
          <small>
            {facts.map(([name, value]) => (
              <span key={name} className="audit-fact">
                {name} <Text text={value} most={60} />
              </span>
            ))}
          </small>
        )}
      </td>
    </tr>
  );
}
