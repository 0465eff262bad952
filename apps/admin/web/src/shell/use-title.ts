import { useEffect } from 'react';
import { useFleet } from '../live/context.ts';

/** The tab's title: the page, and in front how many alarms are open, to be seen among other tabs. */
export function useTitle(page: string | undefined): void {
  const alarms = useFleet()?.alarms;
  const count = (alarms?.critical ?? 0) + (alarms?.warning ?? 0);
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${page === undefined ? '' : `${page} · `}Tributary`;
  }, [page, count]);
}
