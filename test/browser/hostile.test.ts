import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishPacket, RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

const breaksIn = `document.title='broken into'`;
const markup = `<img src=x onerror="${breaksIn}">"'><script>${breaksIn}</script>`;
const hostile = [
  markup,
  'a/b?c=d#e%2Ff%00',
  'invoice\u202egnp.exe',
  'zero\u200bwidth\u2066isolate',
  `javascript:${breaksIn}`,
  '__proto__',
  'x'.repeat(256),
];

/** 64 KiB of what a page must not believe. */
const payload = markup.padEnd(65_536, '\u202e</pre><b>');

describe.runIf(hasBrowser)('what devices say of themselves', () => {
  const stage = useStage();
  const devices = new Map<string, RawMqtt>();
  let desk: Desk;

  beforeAll(async () => {
    for (const id of hostile) {
      const device = await RawMqtt.tcp(stage.port('mqtt'));
      await device.connect(id, { keepalive: 0, properties: { userProperties: { 'tag.site': markup } } });
      devices.set(id, device);
    }
    desk = await stage.desk();
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  /** Nothing of it became anything but text. */
  async function isText(): Promise<void> {
    expect(await desk.page.title()).not.toContain('broken into');
    expect(await desk.page.locator('main :is(img, script, iframe, b b)').count()).toBe(0);
    const width = await desk.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(1440);
  }

  test('names and tags are text in the list, with their tricks written out', async () => {
    await desk.go('/devices');
    await until(
      'all to be listed',
      async () => (await desk.page.locator('.grid-body .grid-row[data-id]').count()) === hostile.length,
    );
    await desk.see(/^invoice\\u202egnp\.exe$/);
    await desk.see(/^zero\\u200bwidth\\u2066isolate$/);
    await desk.see('<img src=x');
    await isText();
  });

  test.each(hostile.map((id) => [id.slice(0, 20), id]))(
    'the page of %j opens, and from its URL',
    async (_, id) => {
      await desk.go(`/devices/${encodeURIComponent(id)}`);
      await desk.page.locator('.device-head').getByText('connected', { exact: true }).waitFor();
      expect(await desk.page.locator('h1').textContent()).not.toMatch(/[\u200b\u202e\u2066]/);
      await isText();
    },
  );

  test('such a name is found by a part of it', async () => {
    await desk.go('/devices?q=invoice');
    await until(
      'the one',
      async () => (await desk.page.getByRole('grid').getAttribute('aria-rowcount')) === '2',
    );
    await isText();
  });

  test('a payload of 64 KiB and its topic are text in a trace, as much of it as is shown', async () => {
    const id = hostile[0]!;
    await desk.go(`/devices/${encodeURIComponent(id)}?tab=trace`);
    await desk.button('Start a trace').click();
    await desk.dialog().getByRole('checkbox').check();
    await desk.dialog().getByRole('button', { name: 'Start' }).click();
    await desk.page
      .locator('.trace-head')
      .getByText(/traced by admin/)
      .waitFor();
    const topic = `${markup}/\u202etopic`;
    await until('a packet in the trace', async () => {
      devices.get(id)!.send(publishPacket(topic, payload));
      return desk.page.locator('.trace-line', { hasText: 'publish' }).first().isVisible();
    }, { everyMs: 200 }); // prettier-ignore
    await desk.page.locator('.trace-line', { hasText: 'publish' }).first().click();
    await desk.page.locator('.text-block').first().waitFor();
    const shown = (await desk.page.locator('.text-block').first().textContent()) ?? '';
    expect(shown).toContain(`<script>${breaksIn}`);
    expect(shown).not.toContain('\u202e');
    expect(shown.length).toBeLessThan(10_000);
    await desk.see(/bytes as text, the first 1,024 of them/);
    await isText();
  });

  test('what an operator writes is text in the audit', async () => {
    await stage.send('/actions/disconnect', { device: hostile[1], reason: `${markup}\u0007\u202e` });
    await desk.go('/audit');
    await desk.page.locator('table.audit').getByText(breaksIn).first().waitFor();
    await isText();
  });
});
