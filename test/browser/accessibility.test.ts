import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { seriousFindings } from './axe.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';
import { views } from './views.ts';

// WCAG 2.2 AA as far as axe can tell it, of every view and dialog, light and dark.
describe.runIf(hasBrowser)('axe', () => {
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

  /** The findings in both themes; the page stays as it is. */
  async function inBothThemes(page = desk.page): Promise<Record<string, string[]>> {
    const findings: Record<string, string[]> = {};
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      findings[theme] = await seriousFindings(page);
    }
    return findings;
  }
  const none = { light: [], dark: [] };

  test('has nothing serious to say of the sign-in, also after a wrong password', async () => {
    const empty = await stage.emptyDesk();
    await empty.go('/');
    await empty.signIn('admin', 'not the password');
    await empty.see('Name or password is wrong.');
    expect(await inBothThemes(empty.page)).toEqual(none);
  });

  test.each(views)('nor of $name', async ({ path, shows }) => {
    await desk.go(path);
    await shows(desk.page);
    expect(await inBothThemes()).toEqual(none);
  });

  test('nor of the dialogs, the palette and the menus', async () => {
    await desk.go('/devices/pump-1');
    const dialogs: [open: () => Promise<void>, shows: string][] = [
      [() => desk.button('Disconnect').click(), 'Disconnect this device?'],
      [() => desk.button('Trace').click(), 'Trace this device'],
      [() => desk.button('Keys and settings').click(), 'Keys and settings'],
      [() => desk.button('Copy link to this view').click(), ''],
      [() => desk.page.keyboard.press('Control+k'), ''],
      [() => desk.button('More actions').click(), ''],
    ];
    for (const [open, title] of dialogs) {
      await open();
      await desk.page.locator('[role="dialog"], [role="alertdialog"], [role="menu"]').first().waitFor();
      if (title !== '') await desk.page.getByRole('heading', { name: title }).waitFor();
      expect([title, await inBothThemes()]).toEqual([title, none]);
      await desk.page.keyboard.press('Escape');
      await desk.page
        .locator('[role="dialog"], [role="alertdialog"], [role="menu"]')
        .waitFor({ state: 'detached' });
    }
  });
});
