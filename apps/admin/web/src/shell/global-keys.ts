import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useLive } from '../live/context.ts';
import { openLayer } from '../parts/layers.ts';
import { stepRange } from '../range/range.ts';
import { useRange } from '../range/use-range.ts';
import { preferences, setPreferences } from '../session/use-preferences.ts';
import type { Binding } from './key-map.ts';
import { operatorPages, pages } from './pages.ts';
import { useShortcut, useShortcuts } from './shortcuts.ts';
import { nextTheme } from './top-bar.tsx';

/** The keys that work on every page. */
export function useGlobalKeys(): void {
  const [, navigate] = useLocation();
  const live = useLive();
  const [range, setRange] = useRange();
  const places = useMemo(
    () =>
      [...pages, ...operatorPages].map(({ key, title, path }): Binding => ({
        keys: `g ${key}`,
        title,
        group: 'Go to',
        run: () => navigate(path),
      })),
    [navigate],
  );
  useShortcuts(places);
  useShortcut('/', 'Search devices', () => focusSearch(navigate), everywhere);
  useShortcut('Ctrl+k', 'Search or go to…', () => openLayer('palette'), everywhere);
  useShortcut('?', 'Keys and settings', () => openLayer('keys'), everywhere);
  useShortcut('l', 'Copy link to this view', () => openLayer('link'), everywhere);
  useShortcut('t', 'Next theme', () => setPreferences({ theme: nextTheme(preferences().theme) }), everywhere);
  useShortcut('[', 'Shorter time range', () => setRange(stepRange(range, -1)), everywhere);
  useShortcut(']', 'Longer time range', () => setRange(stepRange(range, 1)), everywhere);
  useShortcut(' ', 'Pause or go on', () => live.setPaused(!live.store.connection.isPaused), everywhere);
}

const everywhere = 'Everywhere';

function focusSearch(navigate: (path: string) => void): void {
  const box = document.getElementById('search');
  if (box !== null) return box.focus();
  navigate('/devices');
  // The page may have to be loaded first; it puts the cursor there itself.
  sessionStorage.setItem('tributary.focus', 'search');
}
