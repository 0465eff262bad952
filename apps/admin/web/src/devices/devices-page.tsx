import { Download, RotateCcw, Unplug } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useSearch } from 'wouter';
import { formatCount } from '../format.ts';
import { useFleet } from '../live/context.ts';
import { Chip } from '../parts/chip.tsx';
import { PageHead } from '../parts/panel.tsx';
import { shortened } from '../parts/safe-text.ts';
import { ErrorNote } from '../parts/states.tsx';
import { WaitingForDevice } from '../parts/waiting.tsx';
import { useSetParams } from '../range/params.ts';
import { Needs } from '../session/needs.tsx';
import { ColumnChoice } from './column-choice.tsx';
import { DeviceDialogSlot } from './device-dialog-slot.tsx';
import { openDeviceDialog } from './device-dialogs.ts';
import { DeviceTable } from './device-table.tsx';
import './devices.css';
import { FacetList } from './facet-list.tsx';
import { FilterBox } from './filter-box.tsx';
import { withoutTerm, wordsOf } from './filter-words.ts';
import { readView, viewParams, type ListView } from './list-view.ts';
import { maxSelected, useSelection, type Selection } from './selection.ts';
import { orderWords } from './order-words.ts';
import { useDeviceList, type DeviceListView } from './use-device-list.ts';

/** The device table. Filter, order and columns live in the URL; the values of the rows on screen are live. */
export function DevicesPage() {
  const search = useSearch();
  const view = useMemo(() => readView(search), [search]);
  const setParams = useSetParams();
  const change = useCallback(
    (part: Partial<ListView>) => setParams(viewParams({ ...readView(location.search), ...part })),
    [setParams],
  );
  const isReadable = wordsOf(view.q).every(({ fault }) => fault === undefined);
  const list = useDeviceList(isReadable ? view : undefined);
  const selection = useSelection();
  const fleet = useFleet();
  useFocusAsked();

  const nobodyYet = fleet?.devices.total === 0 && list.total === 0 && fleet.phase !== 'reading';
  if (nobodyYet && view.q === '') {
    return (
      <div className="page">
        <PageHead title="Devices" />
        <WaitingForDevice hasGateway={fleet.nodes.total > 0} />
      </div>
    );
  }
  const setQ = (q: string): void => change({ q });
  const isEmpty = list.shown !== undefined && list.ids.length === 0 && !list.isLoading;
  return (
    <div className="page page-full devices">
      <PageHead title="Devices" count={list.shown === undefined ? undefined : formatCount(list.total)}>
        <Toolbar list={list} view={view} change={change} selection={selection} />
      </PageHead>
      <FilterBox q={view.q} onChange={setQ} facets={list.facets} />
      {list.error !== undefined && (
        <ErrorNote what="The list could not be read:" error={list.error} retry={list.refresh} />
      )}
      <div className="devices-body live">
        <FacetList facets={list.facets ?? []} q={view.q} onChange={setQ} />
        {isEmpty ? (
          <NothingFits list={list} q={view.q} onChange={setQ} />
        ) : (
          <DeviceTable list={list} view={view} selection={selection} onSort={(sort) => change({ sort })} />
        )}
      </div>
      <DeviceDialogSlot />
    </div>
  );
}

/** `/` on another page leads here and into the box. */
function useFocusAsked(): void {
  const isAsked = useRef(false);
  useEffect(() => {
    if (isAsked.current || sessionStorage.getItem('tributary.focus') !== 'search') return;
    isAsked.current = true;
    sessionStorage.removeItem('tributary.focus');
    document.getElementById('search')?.focus();
  }, []);
}

function Toolbar({
  list,
  view,
  change,
  selection,
}: {
  list: DeviceListView;
  view: ListView;
  change: (part: Partial<ListView>) => void;
  selection: Selection;
}) {
  const chosen = [...selection.ids];
  const many = chosen.length > 0 || view.q !== '';
  const exportPath = (kind: string): string =>
    `/api/v1/export/devices.${kind}?${new URLSearchParams({ ...(view.q !== '' && { q: view.q }), sort: view.sort })}`;
  return (
    <>
      <OrderChip list={list} />
      {chosen.length > 0 && (
        <Chip removes="the selection" onRemove={selection.clear}>
          {formatCount(chosen.length)} selected
          {chosen.length >= maxSelected && ', the most'}
        </Chip>
      )}
      {many && (
        <Needs role="operator">
          <button
            type="button"
            onClick={() => openDeviceDialog({ kind: 'disconnect-many', q: view.q, ids: chosen })}
          >
            <Unplug size={14} aria-hidden="true" />
            Disconnect {formatCount(chosen.length > 0 ? chosen.length : list.total)}…
          </button>
        </Needs>
      )}
      <a
        className="button"
        href={exportPath('csv')}
        download
        data-tip="Exactly the devices of this filter, as CSV"
      >
        <Download size={14} aria-hidden="true" />
        CSV
      </a>
      <a className="button" href={exportPath('ndjson')} download data-tip="The same, a line of JSON for each">
        NDJSON
      </a>
      <ColumnChoice chosen={view.columns} onChange={(columns) => change({ columns })} />
    </>
  );
}

/** Says that the order stands still, how far it has aged, and offers to sort anew. */
function OrderChip({ list }: { list: DeviceListView }) {
  const words = orderWords(list);
  if (words === undefined) return null;
  return (
    <button type="button" className="order-chip" onClick={list.refresh}>
      <RotateCcw size={13} aria-hidden="true" />
      {words} <kbd>R</kbd> <span className="sr">to re-sort</span>
    </button>
  );
}

/** Nothing fits: each word can be taken away, with what there would be without it. */
function NothingFits({
  list,
  q,
  onChange,
}: {
  list: DeviceListView;
  q: string;
  onChange: (q: string) => void;
}) {
  return (
    <div className="nothing" role="status">
      <h2>No device fits</h2>
      <ul>
        {(list.without ?? []).map(({ term, total }) => (
          <li key={term}>
            <button type="button" onClick={() => onChange(withoutTerm(q, term))}>
              without <code>{shortened(term, 60)}</code>: <b>{formatCount(total)}</b>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => onChange('')}>
        Show all devices
      </button>
    </div>
  );
}
