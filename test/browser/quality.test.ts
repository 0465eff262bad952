import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBadLink } from '../link/bad-link.ts';
import { ChattyDevice } from '../link/chatty-device.ts';
import { type BadLink, clearLink } from '../link/link.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

// docs/quality.md, section 7: how soon a link that turned bad has to show, and that it is good again.
const badLink = { delayMs: 300, jitterMs: 100, lossRatio: 0.05 };
const shownWithinMs = 30_000;
const goneWithinMs = 60_000;

describe.runIf(hasBrowser)('the quality of a device on a real bad link', () => {
  let link: BadLink;
  let device: ChattyDevice;
  let list: Desk;
  let page: Desk;

  const stage = useStage(async () => {
    link = await openBadLink(2026, ['mqtt']);
    if (link.kind === 'bytes')
      console.warn(
        `SKIPPED: the kernel's figures on the page, a proxy delays bytes instead (${link.refusal})`,
      );
    const listeners = [{ name: 'mqtt', protocol: 'mqtt', host: link.address, port: 0 }];
    // Behind a proxy of its own the kernel would speak of the hop to that.
    const quality = { kernel: link.kind === 'packets' };
    return { config: { listeners, quality, auth: { anonymousPublic: true } } };
  });

  beforeAll(async () => {
    await link.lead('mqtt', stage.port('mqtt'));
    [list, page] = [await stage.desk(), await stage.desk()];
    await list.go('/devices');
    await page.go('/devices/weather-1?range=-15m');
  });
  afterAll(async () => {
    await link?.set(clearLink);
    await device?.stop();
    await link?.stop();
  });

  const quality = () => list.cell('weather-1', 'cqi');
  const fact = () => page.page.locator('.device-head .band');

  test('a device connects and is excellent, in the list and on its own page', async () => {
    await list.see('Waiting for the first device');
    await page.see('No device of this id is known');
    device = await ChattyDevice.start('weather-1', 'mqtt', link.port('mqtt'));
    await quality().locator('[data-band="excellent"]').first().waitFor({ timeout: shownWithinMs });
    await fact().and(page.page.locator('[data-band="excellent"]')).waitFor();
    await page.see(link.kind === 'packets' ? 'by the kernel' : 'PUBACK');
  }, 120_000);

  test('falls within 30 s of the link turning bad, and the page says why', async () => {
    await link.set(badLink);
    // A proxy loses no packets: what is left of the link is its delay.
    const bands = link.kind === 'packets' ? ['poor', 'bad'] : ['fair', 'poor', 'bad'];
    const any = bands.map((band) => `.band[data-band="${band}"]`).join(', ');
    await quality().locator(any).waitFor({ timeout: shownWithinMs });
    await list.cell('weather-1', 'cause').getByText('round trip').waitFor();
    await page.page.locator(`.device-head :is(${any})`).waitFor();
    const reasons = page.page.locator('.quality-now .penalties-list li');
    await reasons
      .first()
      .filter({ hasText: /^round trip−\d+$/ })
      .waitFor();
    const sum = (await page.page.locator('.quality-sum').textContent()) ?? '';
    const [, lost = '', left = ''] = /^100 − (\d+) = (\d+)$/.exec(sum) ?? [];
    expect(Number(lost) + Number(left)).toBe(100);
  }, 120_000);

  test('recovers when the link does, and the timeline has both', async () => {
    await link.set(clearLink);
    const good = '.band:is([data-band="good"], [data-band="excellent"])';
    await quality().locator(good).waitFor({ timeout: goneWithinMs });
    await page.page.locator(`.device-head ${good}`).waitFor();
    await page.page.getByRole('tab', { name: 'Timeline' }).click();
    const changes = page.page.locator('.timeline li[data-kind="quality"]');
    await changes
      .getByText(/poor|bad|fair/)
      .first()
      .waitFor();
    await until('both changes', async () => (await changes.count()) >= 2);
  }, 150_000);
});
