import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';
import { formatCount, formatMoment } from '../format.ts';
import { useFleet, useServerNow } from '../live/context.ts';
import { WaitingForDevice } from '../parts/waiting.tsx';
import { DeviceTable } from './device-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { noFilter, readFilter, writeFilter, type ListFilter } from './list-filter.ts';
import { useDeviceList, type DeviceListView } from './use-device-list.ts';

/** The device table. Filter and order live in the URL; the values of the rows on screen are live. */
export function DevicesPage() {
  const [, navigate] = useLocation();
  const filter = readFilter(useSearch());
  const list = useDeviceList(filter);
  const fleet = useFleet();

  const setFilter = useCallback(
    (next: ListFilter) => {
      const search = writeFilter(next);
      navigate(search === '' ? '/devices' : `/devices?${search}`, { replace: true });
    },
    [navigate],
  );
  const nobodyYet = fleet?.devices.total === 0 && list.total === 0 && fleet.phase !== 'reading';
  if (nobodyYet && writeFilter(filter) === '') {
    return (
      <div className="page">
        <h1>Devices</h1>
        <WaitingForDevice hasGateway={fleet.nodes.total > 0} />
      </div>
    );
  }
  return (
    <div className="page page-full">
      <div className="page-head">
        <h1>
          Devices <span className="count">{list.shown === undefined ? '' : formatCount(list.total)}</span>
        </h1>
        <Freshness list={list} />
      </div>
      <FilterBar filter={filter} onChange={setFilter} />
      {list.error !== undefined && (
        <p className="trouble" role="alert">
          The list could not be read: {list.error}.{' '}
          <button type="button" onClick={list.refresh}>
            Try again
          </button>
        </p>
      )}
      {list.shown !== undefined && list.ids.length === 0 && !list.isLoading ? (
        <NothingFits filter={filter} onChange={setFilter} />
      ) : (
        <DeviceTable list={list} onSort={(sort) => setFilter({ ...filter, sort })} />
      )}
    </div>
  );
}

/** Says that the list stands still, and offers to make it anew. */
function Freshness({ list }: { list: DeviceListView }) {
  const now = useServerNow();
  if (!list.isStale) return null;
  return (
    <p className="stale-chip" role="status">
      Order as of {formatMoment(list.at, now)}
      <button type="button" onClick={list.refresh} title="Key: r">
        Refresh
      </button>
    </p>
  );
}

function NothingFits({ filter, onChange }: { filter: ListFilter; onChange: (filter: ListFilter) => void }) {
  return (
    <div className="nothing" role="status">
      <h2>No device fits</h2>
      <p className="quiet">
        {filter.q !== '' && (
          <button type="button" className="chip" onClick={() => onChange({ ...filter, q: '' })}>
            id begins with “{filter.q}” <span aria-label="remove">×</span>
          </button>
        )}
        {filter.state !== undefined && (
          <button type="button" className="chip" onClick={() => onChange({ ...filter, state: undefined })}>
            {filter.state} <span aria-label="remove">×</span>
          </button>
        )}
        <button type="button" onClick={() => onChange({ ...noFilter, sort: filter.sort })}>
          Show all devices
        </button>
      </p>
    </div>
  );
}
