import { useEffect, useState } from 'react';
import { useRows } from '../live/context.ts';

const scrollPauseMs = 120;

/** The rows on screen, told to the feed a moment after scrolling has settled. */
export function useWatchedRows(ids: readonly string[]): void {
  const key = JSON.stringify(ids);
  const [watched, setWatched] = useState('[]');
  useEffect(() => {
    const timer = setTimeout(() => setWatched(key), scrollPauseMs);
    return () => clearTimeout(timer);
  }, [key]);
  useRows(JSON.parse(watched) as string[]);
}
