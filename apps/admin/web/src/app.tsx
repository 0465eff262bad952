import { Link, Route, Switch } from 'wouter';
import { DevicesPage } from './devices/devices-page.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { useConnection } from './live/context.ts';
import { NodesPage } from './nodes/nodes-page.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Banner } from './shell/banner.tsx';
import { Rail } from './shell/rail.tsx';
import { useShortcuts } from './shell/shortcuts.ts';

export function App() {
  useShortcuts();
  const { status } = useConnection();
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Rail />
      <div className="stage" data-status={status}>
        <Banner />
        <main id="main" tabIndex={-1}>
          <ErrorBoundary>
            <Switch>
              <Route path="/" component={FleetPage} />
              <Route path="/devices" component={DevicesPage} />
              <Route path="/nodes" component={NodesPage} />
              <Route>
                <div className="page">
                  <h1>No such page</h1>
                  <p className="quiet">
                    <Link href="/">Back to the fleet</Link>
                  </p>
                </div>
              </Route>
            </Switch>
          </ErrorBoundary>
        </main>
      </div>
    </div>
  );
}
