import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { LiveContext } from './live/context.ts';
import { makeLive } from './live/start-live.ts';
import { applyTheme, storedTheme } from './shell/theme.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/panels.css';
import './styles/tables.css';

z.config({ jitless: true }); // the policy of this page forbids eval, and so the faster parser
applyTheme(storedTheme());

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const live = makeLive();
live.start();
createRoot(root).render(
  <StrictMode>
    <LiveContext value={live}>
      <App />
    </LiveContext>
  </StrictMode>,
);
