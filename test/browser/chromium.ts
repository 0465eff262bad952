import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser on this machine; `TRIBUTARY_TEST_CHROMIUM` names another. */
export const chromiumPath = [process.env['TRIBUTARY_TEST_CHROMIUM'], ...candidates].find(
  (path) => path !== undefined && existsSync(path),
);

/** Whether the tests run: without a browser they are skipped and say so; where CI runs them its absence is a failure. */
export const hasBrowser = chromiumPath !== undefined || process.env['CI'] !== undefined;

const switches = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
  // A page that no one looks at would slow its timers down; ours is looked at by the test.
  ...['--disable-background-timer-throttling', '--disable-renderer-backgrounding'],
];

/** A browser with an empty profile that never calls home. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    headless: true,
    args: switches,
    // A test run that is told to stop must not leave the browser behind, and vitest itself handles its signals.
    handleSIGINT: false,
  });
}
