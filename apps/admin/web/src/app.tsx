import { Suspense, useEffect } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useConnection } from './live/context.ts';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { startFocusGuard } from './parts/focus-guard.ts';
import { NoticeSlot } from './parts/notice-slot.tsx';
import { PageHead } from './parts/panel.tsx';
import { Skeleton } from './parts/states.tsx';
import { startTips } from './parts/tips.ts';
import { routes } from './routes.ts';
import { Announcer } from './shell/announcer.tsx';
import { Banner } from './shell/banner.tsx';
import { useGlobalKeys } from './shell/global-keys.ts';
import { LayerSlot } from './shell/layer-slot.tsx';
import { pageOf } from './shell/pages.ts';
import { Rail } from './shell/rail.tsx';
import { startShortcuts } from './shell/shortcuts.ts';
import { TopBar } from './shell/top-bar.tsx';
import { useTitle } from './shell/use-title.ts';

/** The page as a whole: rail and top bar stay, the rest changes with the address. */
export function App() {
  const [path] = useLocation();
  const { status } = useConnection();
  useGlobalKeys();
  useTitle(pageOf(path)?.title);
  useEffect(startTips, []);
  useEffect(startFocusGuard, []);
  useEffect(startShortcuts, []);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Rail />
      <div className="stage" data-status={status}>
        <TopBar />
        <Banner />
        <main id="main" tabIndex={-1}>
          <ErrorBoundary key={path}>
            <Suspense fallback={<Loading />}>
              <Switch>
                {routes.map(({ path: each, component }) => (
                  <Route key={each} path={each} component={component} />
                ))}
                <Route>
                  <NoSuchPage />
                </Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <NoticeSlot />
      <LayerSlot />
      <Announcer />
    </div>
  );
}

function Loading() {
  return (
    <div className="page">
      <Skeleton heights={[28, 180, 320]} />
    </div>
  );
}

function NoSuchPage() {
  return (
    <div className="page">
      <PageHead title="No such page" />
      <p className="quiet">
        <Link href="/">Back to the fleet</Link>
      </p>
    </div>
  );
}
