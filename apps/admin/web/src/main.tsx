// Each style sheet begins with the order of the layers: whichever a build puts first, it is the same.
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/charts.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { config } from 'zod';
import { makeQueryClient } from './api/query.ts';
import { App } from './app.tsx';
import { LiveContext } from './live/context.ts';
import { makeLive } from './live/start-live.ts';
import { preload } from './routes.ts';
import { SessionGate } from './session/session-gate.tsx';
import { loadPreferences } from './session/use-preferences.ts';

config({ jitless: true }); // the policy of this page forbids eval, and so the faster parser
loadPreferences();
preload(location.pathname);

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <LiveContext value={makeLive()}>
        <SessionGate>
          <App />
        </SessionGate>
      </LiveContext>
    </QueryClientProvider>
  </StrictMode>,
);
