import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { formatSpan } from '../format.ts';
import { useConnection, useLive, useServerNow } from '../live/context.ts';
import { AutoIcon, DevicesIcon, FleetIcon, Mark, MoonIcon, NodesIcon, SunIcon } from './icons.tsx';
import { applyTheme, storedTheme, themes, type Theme } from './theme.ts';

const themeIcons: Record<Theme, ReactNode> = { system: <AutoIcon />, light: <SunIcon />, dark: <MoonIcon /> };

/** The left rail: where one can go, and whether what is shown is live. */
export function Rail() {
  return (
    <header className="rail">
      <Link href="/" className="brand" aria-label="Tributary, fleet overview">
        <Mark />
        <span>Tributary</span>
      </Link>
      <nav aria-label="Pages">
        <RailLink href="/" icon={<FleetIcon />} keys="g f">
          Fleet
        </RailLink>
        <RailLink href="/devices" icon={<DevicesIcon />} keys="g d">
          Devices
        </RailLink>
        <RailLink href="/nodes" icon={<NodesIcon />} keys="g n">
          Nodes
        </RailLink>
      </nav>
      <div className="rail-foot">
        <FeedState />
        <ThemeButton />
      </div>
    </header>
  );
}

function RailLink({
  href,
  icon,
  keys,
  children,
}: {
  href: string;
  icon: ReactNode;
  keys: string;
  children: string;
}) {
  const [path] = useLocation();
  return (
    <Link
      href={href}
      className="rail-link"
      aria-current={path === href ? 'page' : undefined}
      title={`Keys: ${keys}`}
    >
      {icon}
      <span>{children}</span>
    </Link>
  );
}

function FeedState() {
  const { status, heardAt } = useConnection();
  const { store } = useLive();
  useServerNow();
  const age = heardAt === 0 ? '' : formatSpan(store.serverNow() - heardAt);
  const words = {
    'connecting': 'Connecting',
    'live': 'Live',
    'lost': `Lost ${age}`,
    'signed-out': 'Signed out',
  }[status];
  return (
    <span className="feed-state" data-status={status}>
      <i aria-hidden="true" />
      {words}
    </span>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  const change = (): void => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      className="icon-button"
      onClick={change}
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}. Change to ${next}`}
    >
      {themeIcons[theme]}
    </button>
  );
}
