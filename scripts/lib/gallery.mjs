// Pictures of the dashboard: which pages, and what stands on them when the picture is taken.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const themes = ['dark', 'light'];
const size = { width: 1440, height: 900 };
const range = 'range=-5m';

/** `path`: where it is, or a function that finds out; `shows`: a selector that must be there first. */
export const pictures = [
  { name: 'fleet', path: `/?${range}`, shows: '.page canvas' },
  {
    name: 'devices',
    path: '/devices?q=band:fair%7Cpoor%7Cbad&sort=-attention',
    shows: '[role="row"][aria-rowindex="12"]',
  },
  { name: 'device', path: restlessDevice, shows: '.page canvas' },
  { name: 'problems', path: '/problems', shows: '.page table' },
  { name: 'streams', path: '/streams', shows: 'table.partitions' },
  { name: 'nodes', path: `/nodes?${range}`, shows: '.page canvas' },
  { name: 'audit', path: '/audit', shows: 'table.audit' },
];

/** The page of a device whose link breaks and comes back, so that its charts have something to tell. */
async function restlessDevice(ask) {
  const { items } = await ask('/devices?q=tag.model%3Atractor%20band%3Abad%20flaps%3E1&sort=score&limit=1');
  return `/devices/${encodeURIComponent(items[0]?.id ?? 'tractor-0001')}?${range}`;
}

export class Gallery {
  #context;
  #profile;
  #address;

  constructor(context, profile, address) {
    this.#context = context;
    this.#profile = profile;
    this.#address = address;
  }

  /** Opens a browser that is signed in, and does what leaves a trace in the audit. */
  static async open(executablePath, { address, password }) {
    const profile = mkdtempSync(join(tmpdir(), 'tributary-gallery-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      viewport: size,
      deviceScaleFactor: 1,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--font-render-hinting=none',
      ],
    });
    const gallery = new Gallery(context, profile, address);
    await gallery.#send('/session', { name: 'admin', password });
    await gallery.#act(password);
    return gallery;
  }

  async close() {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }

  /** Answers the files it wrote. */
  async take({ name, path, shows }, dir) {
    const files = [];
    const page = await this.#context.newPage();
    const where = typeof path === 'string' ? path : await path((question) => this.#ask(question));
    for (const theme of themes) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.goto(`${this.#address}${where}`);
      await page.locator(shows).first().waitFor({ timeout: 20_000 });
      // Values come once a second: the second message fills rates and ages.
      await page.waitForTimeout(2500);
      const file = join(dir, `${name}-${theme}.png`);
      await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
      files.push(file);
    }
    await page.close();
    return files;
  }

  async #ask(path) {
    const answer = await this.#context.request.get(`${this.#address}/api/v1${path}`);
    return answer.json();
  }

  async #send(path, data, method = 'POST') {
    const headers = { 'x-tributary-csrf': '1', 'idempotency-key': crypto.randomUUID() };
    return this.#context.request.fetch(`${this.#address}/api/v1${path}`, { method, data, headers });
  }

  /** A working day of operators, in short: its entries fill the audit. */
  async #act(password) {
    await this.#send('/operators', { name: 'mara', role: 'operator', password: `${password}-mara` });
    await this.#send('/operators', { name: 'jonas', role: 'viewer', password: `${password}-jonas` });
    await this.#send('/session/password', { current: password, next: `${password}-new` });
    await this.#send('/session', { name: 'mara', password: `${password}-mara` });
    await this.#send('/actions/disconnect', { device: 'pump-0003', reason: 'valve test on site' });
    await this.#send('/actions/disconnect', {
      device: 'beacon-0002',
      reason: 'restart after the battery change',
    });
    await this.#send('/traces', { device: 'pump-b-0004', payload: false, ttlSeconds: 600 });
    await this.#send('/bans', { target: 'id:tag-0001', reason: 'lost', until: Date.now() + 3_600_000 });
    const alarms = (await this.#ask('/problems')).alarms ?? [];
    if (alarms[0] !== undefined)
      await this.#send(`/alarms/${encodeURIComponent(alarms[0].id)}/acknowledge`, {});
    await this.#send('/session', { name: 'admin', password: `${password}-new` });
    await this.#send('/bans', {
      target: 'prefix:203.0.113.0/24',
      reason: 'scans the MQTT port',
      until: Date.now() + 86_400_000,
    });
    await this.#send('/tokens', { label: 'nightly report', role: 'viewer' });
  }
}
