import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { seriousFindings } from './axe.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';
import { views } from './views.ts';

const mostScriptBytes = 160 * 1024;
const layer = '[role="dialog"], [role="alertdialog"], [role="menu"]';

// Each view and dialog by itself: that its URL leads to it, and WCAG 2.2 AA as far as axe can tell it, light and dark.
describe.runIf(hasBrowser)('views', () => {
  const stage = useStage();
  const devices: RawMqtt[] = [];
  let desk: Desk;

  beforeAll(async () => {
    for (const id of ['pump-1', 'plant/3']) {
      const device = await RawMqtt.tcp(stage.port('mqtt'));
      await device.connect(id, { keepalive: 0, properties: { userProperties: { 'tag.site': 'berlin' } } });
      devices.push(device);
    }
    await stage.send('/bans', { target: 'ip:203.0.113.7', reason: 'a scan', until: Date.now() + 3_600_000 });
    desk = await stage.desk();
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  /** What axe finds in both themes; the page stays as it is. */
  async function inBothThemes(page: Page): Promise<Record<string, string[]>> {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    const light = await seriousFindings(page, 'all');
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    return { light, dark: await seriousFindings(page, 'colours') };
  }
  const none = { light: [], dark: [] };

  test('axe has nothing serious to say of the sign-in, also after a wrong password', async () => {
    const empty = await stage.emptyDesk();
    await empty.go('/');
    await empty.signIn('admin', 'not the password');
    await empty.see('Name or password is wrong.');
    expect(await inBothThemes(empty.page)).toEqual(none);
  });

  test.each(views)('$name reopens from its URL, which stays, and axe is content', async ({ path, shows }) => {
    await desk.go(path);
    await shows(desk.page);
    expect(desk.page.url()).toBe(desk.url(path));
    expect(await desk.page.title()).toMatch(/Tributary$/);
    expect(await inBothThemes(desk.page)).toEqual(none);
  });

  test.each([
    ['a question before an action', () => desk.button('Disconnect').click()],
    ['a question with a choice', () => desk.button('Trace').click()],
    ['the list of keys', () => desk.button('Keys and settings').click()],
    ['the link to a view', () => desk.button('Copy link to this view').click()],
    ['the palette', () => desk.page.keyboard.press('Control+k')],
    ['a menu', () => desk.button('More actions').click()],
  ])('axe is content with %s', async (_, open) => {
    await desk.go('/devices/pump-1');
    await desk.button('Disconnect').waitFor();
    await open();
    await desk.page.locator(layer).first().waitFor();
    expect(await inBothThemes(desk.page)).toEqual(none);
    await desk.page.keyboard.press('Escape');
    await desk.page.locator(layer).waitFor({ state: 'detached' });
  });

  test.each(['/', '/devices'])('style sheets of %s count in the order that is meant', async (path) => {
    await desk.go(path);
    await desk.page.getByRole('heading', { level: 1 }).waitFor();
    const rules = '[...document.styleSheets].flatMap(({ cssRules }) => [...cssRules])';
    const layers = await desk.page.evaluate<string[]>(
      `${rules}.flatMap(({ name, nameList }) => (nameList ? [...nameList] : (name ?? [])))`,
    );
    expect([...new Set(layers)].slice(0, 3)).toEqual(['tokens', 'base', 'parts']);
  });

  test('what the first page loads before anything is done is at most 160 kB of script, as it comes over the wire', async () => {
    const fresh = await stage.desk();
    const scripts = new Map<string, number>();
    fresh.page.on('response', (response) => {
      if (!new URL(response.url()).pathname.endsWith('.js')) return;
      scripts.set(response.url(), 0);
      void response
        .finished()
        .then(() => response.request().sizes())
        .then(({ responseBodySize }) => scripts.set(response.url(), responseBodySize))
        .catch(() => undefined); // stays 0, which is told below
    });
    await fresh.go('/');
    await views[0]!.shows(fresh.page);
    await fresh.page.locator('.page canvas').first().waitFor();
    await until('all scripts to be measured', () => ![...scripts.values()].includes(0));
    const total = [...scripts.values()].reduce((sum, bytes) => sum + bytes, 0);
    expect(total, JSON.stringify([...scripts], null, 1)).toBeLessThanOrEqual(mostScriptBytes);
    expect(scripts.size).toBeGreaterThan(1);
  });
});
