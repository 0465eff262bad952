import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { temporaryDirectory } from '../measure/temporary.ts';
import { median } from '../program.ts';
import type { AdminProcess } from './admin-process.ts';

export interface PageFigures {
  /** Share of a second that the page's main thread was busy, 0 to 1, with the Devices page open. */
  mainThreadShare: number;
  /** From the start of the navigation, ms. */
  firstPaintMs: number;
  /** Until the first rows are there, ms. */
  interactiveMs: number;
}

const chromiumPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const rowSelector = '[role="row"][data-state], tr[data-state]';
const settleMs = 3000;
const visits = 3;

/** The Devices page in a real browser. @throws Error where there is no browser */
export async function measurePage(admin: AdminProcess, seconds: number): Promise<PageFigures> {
  const executablePath = chromiumPaths.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('there is no Chromium on this machine');
  const { chromium } = await import('playwright-core');
  const profile = await temporaryDirectory();
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath,
    headless: true,
    viewport: { width: 1440, height: 900 },
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  try {
    const [name = '', value = ''] = admin.headers['cookie']!.split('=', 2);
    await context.addCookies([{ name, value, url: admin.address, httpOnly: true, sameSite: 'Strict' }]);
    const { page, times } = await openDevices(context, admin.address);
    await sleep(settleMs);
    return { ...times, mainThreadShare: await busyShare(page, seconds) };
  } finally {
    await context.close();
    await profile.remove();
  }
}

/** Opens the page a few times as a browser that has never seen it, and takes the middle of what it took. */
async function openDevices(
  context: BrowserContext,
  address: string,
): Promise<{ page: Page; times: Pick<PageFigures, 'firstPaintMs' | 'interactiveMs'> }> {
  const firstPaints: number[] = [];
  const interactives: number[] = [];
  // The first one starts the browser's processes and does not count.
  for (let visit = 0; ; visit++) {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(`${address}/devices?sort=id`, { waitUntil: 'commit' });
    await page.waitForSelector(rowSelector, { timeout: 20_000 });
    const interactive = await page.evaluate(() => performance.now());
    const firstPaint = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
    if (visit > 0) {
      firstPaints.push(firstPaint);
      interactives.push(interactive);
    }
    if (visit === visits)
      return { page, times: { firstPaintMs: median(firstPaints), interactiveMs: median(interactives) } };
    await page.close();
  }
}

/** `TaskDuration` of Chromium is all time the main thread has run anything, in seconds. */
async function busyShare(page: Page, seconds: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'timeTicks' });
  const before = await taskSeconds(session);
  const began = performance.now();
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - began) / 1000;
  return ((await taskSeconds(session)) - before) / elapsed;
}

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? Number.NaN;
}
