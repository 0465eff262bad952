import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, OwnedProcess, repositoryRoot } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { browserCookie, signIn, testPassword } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { chromiumPath, openBrowser } from './chromium.ts';
import { FleetWriter } from './fleet-writer.ts';

// On a machine without a browser the tests are skipped and say so; where CI runs them, its absence is a failure.
const canRun = chromiumPath !== undefined || process.env['CI'] !== undefined;
const hostile = `<img src=x onerror="document.title='broken into'">`;

let redis: RedisServer;
let fleet: FleetWriter;
let admin: OwnedProcess;
let port: number;
let page: Page;
let closeBrowser: () => Promise<void>;
const complaints: string[] = [];

beforeAll(async () => {
  if (!canRun) return;
  redis = await startRedis();
  fleet = new FleetWriter(redis.client);
  port = await freePort();
  await startAdmin();
  const browser = await openBrowser();
  closeBrowser = browser.close;
  const address = url('');
  await browser.context.addCookies([browserCookie(address, await signIn(address))]);
  page = await browser.context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refused connection is what the test of the lost feed is about.
    const isRefusal = message.text().includes('ERR_CONNECTION_REFUSED');
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
});

afterAll(async () => {
  await closeBrowser?.();
  fleet?.stop();
  await admin?.kill();
  await redis?.stop();
});

async function startAdmin(): Promise<void> {
  admin = new OwnedProcess(process.execPath, [join(repositoryRoot, 'apps/admin/dist/main.js')], {
    env: {
      ...process.env,
      TRIBUTARY_REDIS_URL: redis.url,
      TRIBUTARY_REDIS_NAMESPACE: 'tributary',
      TRIBUTARY_ADMIN_PORT: String(port),
      TRIBUTARY_ADMIN_FIRST_PASSWORD: testPassword,
    },
  });
  await until(
    () => `the admin to be ready; it said:\n${admin.lines.join('\n')}`,
    () => admin.lines.some((line) => line.includes('"admin ready"')),
  );
}

const url = (path: string): string => `http://127.0.0.1:${port}${path}`;
const rowOf = (id: string) => page.getByRole('row').filter({ has: page.locator(`[title="${id}"]`) });
const see = async (text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 10_000 });

test.runIf(canRun)(
  'waits for the first gateway and device with commands to copy, then fills in by itself',
  async () => {
    await page.goto(url('/devices'));
    await see('Waiting for a gateway');
    await fleet.start();
    await see('Waiting for the first device');
    await see(/mosquitto_pub -h 127\.0\.0\.1 -p 21883/);
    await fleet.connect('pump-1');
    await rowOf('pump-1').getByText('connected').waitFor();
  },
);

test.runIf(canRun)('a device appears live, its rate is shown, and it goes with the reason', async () => {
  await fleet.connect('valve-7');
  await rowOf('valve-7').getByText('connected').waitFor();
  const now = Date.now();
  await fleet.sample('valve-7', 10, now + 1000);
  await fleet.sample('valve-7', 25, now + 3000);
  await rowOf('valve-7').getByText('12.5').waitFor();
  await fleet.disconnect('valve-7');
  await rowOf('valve-7').getByText('offline').waitFor();
  await rowOf('valve-7').getByText('keep-alive-timeout').waitFor();
});

test.runIf(canRun)("a device's name is text, whatever is in it", async () => {
  await fleet.connect(hostile);
  await see(hostile);
  expect(await page.title()).toBe('Tributary');
  expect(await page.locator('img').count()).toBe(0);
});

test.runIf(canRun)('search narrows the list, is in the URL, and reopens from it', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('pump');
  await page.waitForURL('**/devices?q=pump');
  await rowOf('valve-7').waitFor({ state: 'detached' });
  expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('2');
  await page.reload();
  await rowOf('pump-1').waitFor();
  expect(await page.getByRole('searchbox').or(page.locator('#search')).inputValue()).toBe('pump');
  await page.locator('#search').fill('nothing-like-it');
  await see('No device fits');
  await page.getByRole('button', { name: 'Show all devices' }).click();
  await rowOf('valve-7').waitFor();
});

test.runIf(canRun)('the whole way by keyboard: pages, rows, search', async () => {
  await page.locator('body').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL(url('/'));
  await see('Messages per second');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await rowOf('pump-1').waitFor();
  await page.keyboard.press('j');
  await until('a row to have the focus', () => page.evaluate('document.activeElement?.role === "row"'));
});

test.runIf(canRun)('the fleet page shows the rates, the nodes page the nodes', async () => {
  await page.goto(url('/'));
  await until('the rate of the node', async () =>
    /1[12]\d/.test((await page.locator('.figure').nth(1).textContent()) ?? ''),
  );
  await page.goto(url('/nodes'));
  await page.getByRole('row').filter({ hasText: 'gw-1' }).getByText('ready').waitFor();
});

test.runIf(canRun)('scrolls through a thousand devices with only those on screen in the page', async () => {
  for (let i = 0; i < 1000; i++) await fleet.connect(`meter-${String(i).padStart(4, '0')}`);
  await page.goto(url('/devices?q=meter-'));
  await until(
    'all to be counted',
    async () => (await page.getByRole('grid').getAttribute('aria-rowcount')) === '1001',
  );
  const bottom = async (): Promise<boolean> => {
    await page.getByRole('grid').evaluate((grid) => grid.scrollTo({ top: grid.scrollHeight }));
    return rowOf('meter-0999').isVisible();
  };
  await until('the last device', bottom, { everyMs: 50 });
  expect(await page.getByRole('row').count()).toBeLessThan(60);
});

test.runIf(canRun)('says within three seconds that the feed is lost, and comes back by itself', async () => {
  await page.goto(url('/devices?q=pump'));
  await rowOf('pump-1').waitFor();
  await admin.kill();
  await page.getByText(/Live feed lost/).waitFor({ timeout: 3000 });
  await rowOf('pump-1').waitFor();
  await fleet.disconnect('pump-1');
  await startAdmin();
  await page.getByText(/Live feed lost/).waitFor({ state: 'detached', timeout: 30_000 });
  await rowOf('pump-1').getByText('offline').waitFor();
});

test.runIf(canRun)('a Redis that does not answer is said so, and what was known stays', async () => {
  await redis.kill();
  await see('Redis does not answer.');
  await rowOf('pump-1').waitFor();
});

test.runIf(canRun)('stops at SIGTERM with a page open, and the page complained of nothing', async () => {
  admin.signal('SIGTERM');
  expect(await admin.exited).toBe(0);
  expect(complaints).toEqual([]);
});
