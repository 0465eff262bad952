import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { LiveContext } from './live/context.ts';
import { startLive } from './live/start-live.ts';
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
createRoot(root).render(
  <StrictMode>
    <LiveContext value={startLive()}>
      <App />
    </LiveContext>
  </StrictMode>,
);
