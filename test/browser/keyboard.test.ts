import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

// No pointer in this file: whatever is done here is done by keys.
describe.runIf(hasBrowser)('by keyboard alone', () => {
  const stage = useStage();
  const devices: RawMqtt[] = [];
  let desk: Desk;
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await desk.page.keyboard.press(key);
  };
  const focused = (): Promise<string> =>
    desk.page.evaluate<string>(
      '(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()',
    );

  const searchFocused = (): Promise<boolean> =>
    until('the cursor in the search', () =>
      desk.page.evaluate<boolean>('document.activeElement?.id === "search"'),
    );

  beforeAll(async () => {
    for (const id of ['pump-1', 'pump-2', 'valve-1']) {
      const device = await RawMqtt.tcp(stage.port('mqtt'));
      await device.connect(id, { keepalive: 0 });
      devices.push(device);
    }
    desk = await stage.desk();
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  /** Presses Tab until what has the focus is called so. */
  async function tabTo(name: string): Promise<void> {
    for (let n = 0; n < 60; n++) {
      if ((await focused()) === name) return;
      await press('Tab');
    }
    throw new Error(`Tab does not lead to ${name}`);
  }

  test('search, open a row, ask to disconnect, cancel', async () => {
    await desk.go('/');
    await desk.page.getByRole('heading', { name: 'Fleet' }).waitFor();
    await press('/');
    await desk.page.waitForURL(/\/devices/);
    await searchFocused();
    await desk.page.keyboard.type('pump');
    await desk.page.waitForURL(/q=pump/);
    await desk.row('valve-1').waitFor({ state: 'detached' });
    await press('Enter', 'j');
    await until('a row to have the focus', () =>
      desk.page.evaluate<boolean>('document.activeElement?.getAttribute("role") === "row"'),
    );
    await press('Enter');
    await desk.page.waitForURL(/\/devices\/pump-[12]$/);
    await desk.button('Disconnect').waitFor();
    await tabTo('Disconnect');
    await press('Enter');
    await desk.dialog('Disconnect this device?').waitFor();
    await until('the focus in the dialog', () =>
      desk.page.evaluate<boolean>('document.activeElement?.closest("[role=alertdialog]") !== null'),
    );
    await tabTo('Cancel');
    await press('Enter');
    await desk.dialog().waitFor({ state: 'detached' });
    await until('the focus to be back where it was', async () => (await focused()) === 'Disconnect');
    await press('Enter');
    await desk.dialog().waitFor();
    await press('Escape');
    await desk.dialog().waitFor({ state: 'detached' });
    await until('the focus to be back again', async () => (await focused()) === 'Disconnect');
    await press('Space');
    await desk.dialog().waitFor();
    await press('Escape');
    const operations = await fetch(`${stage.address}/api/v1/operations`, {
      headers: { ...(await stage.headers()) },
    });
    expect(await operations.json()).toMatchObject({ items: [] });
  });

  test('when what has the focus in a row goes, as with an expired record, the row has it', async () => {
    await desk.go('/devices');
    await desk.row('pump-2').locator('.device-link').focus();
    await desk.page.evaluate('document.activeElement.remove()');
    await until('the row to have the focus', () =>
      desk.page.evaluate<boolean>('document.activeElement?.dataset.id === "pump-2"'),
    );
    await press('Enter');
    await desk.page.waitForURL(/\/devices\/pump-2$/);
  });

  test('g and a letter go to every page, also from page to page', async () => {
    await desk.go('/');
    await desk.page.getByRole('heading', { name: 'Fleet' }).waitFor();
    const places = {
      d: 'devices',
      p: 'problems',
      n: 'nodes',
      s: 'streams',
      t: 'traces',
      a: 'audit',
      c: 'access',
      f: '',
    };
    for (const [key, path] of Object.entries(places)) {
      await press('g', key);
      await desk.page.waitForURL(desk.url(`/${path}`));
      await desk.page.getByRole('heading', { level: 1 }).waitFor();
    }
  });

  /** Opens the palette, and waits until what is typed goes there. */
  async function openPalette(): Promise<void> {
    await press('Control+k');
    await desk.page.getByRole('dialog', { name: 'Search or go to' }).waitFor();
    await until('the cursor in the palette', () =>
      desk.page.evaluate<boolean>('document.activeElement?.matches("[role=dialog] input") ?? false'),
    );
  }

  test('? lists the keys, Ctrl K goes anywhere, and a letter is a letter where text is written', async () => {
    await press('?');
    const keys = desk.page.getByRole('dialog', { name: 'Keys and settings' });
    await keys.getByText('Search devices').waitFor();
    await press('Escape');
    await keys.waitFor({ state: 'detached' });
    await openPalette();
    await desk.page.keyboard.type('strea');
    await press('Enter');
    await desk.page.waitForURL(desk.url('/streams'));
    await openPalette();
    await desk.page.keyboard.type('valve-1');
    await desk.page.getByRole('option', { name: /^valve-1/ }).waitFor();
    await press('Enter');
    await desk.page.waitForURL(/\/devices\/valve-1$/);
    await press('/');
    await desk.page.waitForURL(/\/devices$/);
    await searchFocused();
    await desk.page.keyboard.type('gd?t');
    expect(await desk.page.locator('#search').inputValue()).toBe('gd?t');
  });
});
