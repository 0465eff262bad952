import { CircleHelp, Link2, Monitor, Moon, Pause, Play, Search, Sun, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { formatSpan } from '../format.ts';
import { useConnection, useFleet, useLive, useServerNow } from '../live/context.ts';
import { openLayer } from '../parts/layers.ts';
import { themes, type Theme } from '../session/preferences.ts';
import { useSession } from '../session/session.ts';
import { setPreferences, usePreferences } from '../session/use-preferences.ts';

const OperatorMenu = lazy(() => import('../session/operator-menu.tsx'));

/** On every page: search, whether what is shown is live, alarms, the link, theme, help, and who is signed in. */
export function TopBar() {
  return (
    <header className="top-bar">
      <button
        type="button"
        className="jump"
        onClick={() => openLayer('palette')}
        aria-keyshortcuts="Control+K"
      >
        <Search size={14} aria-hidden="true" />
        <span>Search or go to…</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <span className="spring" />
      <FeedState />
      <AlarmCount />
      <button
        type="button"
        className="icon-button"
        aria-label="Copy link to this view"
        data-tip="Copy link to this view. Key: l"
        onClick={() => openLayer('link')}
      >
        <Link2 size={16} aria-hidden="true" />
      </button>
      <ThemeButton />
      <button
        type="button"
        className="icon-button"
        aria-label="Keys and settings"
        data-tip="Keys and settings. Key: ?"
        onClick={() => openLayer('keys')}
      >
        <CircleHelp size={16} aria-hidden="true" />
      </button>
      <OperatorButton />
    </header>
  );
}

/** Whether the page is live, and since when not; a press holds it still. */
function FeedState() {
  const { status, heardAt, isPaused } = useConnection();
  const { store, setPaused } = useLive();
  useServerNow();
  const ageMs = heardAt === 0 ? 0 : store.serverNow() - heardAt;
  const words = {
    'connecting': 'Connecting',
    'live': ageMs > 2500 ? `Live, ${formatSpan(ageMs)} old` : 'Live',
    'lost': `Lost ${heardAt === 0 ? '' : formatSpan(ageMs)}`,
    'signed-out': 'Signed out',
  }[status];
  const isHeld = isPaused && status === 'live';
  return (
    <>
      <span className="feed-state" data-status={isHeld ? 'paused' : status}>
        <i aria-hidden="true" />
        {isHeld ? 'Paused' : words}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-pressed={isPaused}
        aria-label="Pause live values"
        data-tip={isPaused ? 'Go on. Key: Space' : 'Hold live values still. Key: Space'}
        onClick={() => setPaused(!isPaused)}
      >
        {isPaused ? <Play size={15} aria-hidden="true" /> : <Pause size={15} aria-hidden="true" />}
      </button>
    </>
  );
}

function AlarmCount() {
  const alarms = useFleet()?.alarms;
  const count = (alarms?.critical ?? 0) + (alarms?.warning ?? 0);
  if (alarms === undefined || count === 0) return null;
  const severity = alarms.critical > 0 ? 'critical' : 'warning';
  return (
    <Link
      href="/problems"
      className="button alarm-count"
      data-severity={severity}
      data-tip={`${alarms.critical} critical, ${alarms.warning} warnings are open`}
    >
      <TriangleAlert size={14} aria-hidden="true" />
      {count} {count === 1 ? 'alarm' : 'alarms'}
    </Link>
  );
}

const themeIcons: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon };

export const nextTheme = (theme: Theme): Theme =>
  themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';

function ThemeButton() {
  const { theme } = usePreferences();
  const Icon = themeIcons[theme];
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => setPreferences({ theme: nextTheme(theme) })}
      aria-label={`Theme: ${theme}. Change to ${nextTheme(theme)}`}
      data-tip={`Theme: ${theme}. Key: t`}
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}

/** The menu comes with its first use: most visits never open it. */
function OperatorButton() {
  const { name, role } = useSession();
  const [isAsked, setAsked] = useState(false);
  const button = (
    <button type="button" className="operator-button" aria-haspopup="menu">
      {name} <small>{role}</small>
    </button>
  );
  if (isAsked) {
    return (
      <Suspense fallback={button}>
        <OperatorMenu trigger={button} />
      </Suspense>
    );
  }
  return (
    <button type="button" className="operator-button" aria-haspopup="menu" onClick={() => setAsked(true)}>
      {name} <small>{role}</small>
    </button>
  );
}
