import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';
import { views } from './views.ts';

const mostScriptBytes = 160 * 1024;

describe.runIf(hasBrowser)('views', () => {
  const stage = useStage();
  const devices: RawMqtt[] = [];
  let desk: Desk;

  beforeAll(async () => {
    for (const id of ['pump-1', 'plant/3']) {
      const device = await RawMqtt.tcp(stage.port('mqtt'));
      await device.connect(id, { keepalive: 0 });
      devices.push(device);
    }
    desk = await stage.desk();
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  test.each(views)('$name reopens from its URL, which stays as it was', async ({ path, shows }) => {
    await desk.go(path);
    await shows(desk.page);
    expect(desk.page.url()).toBe(desk.url(path));
    expect(await desk.page.title()).toMatch(/Tributary$/);
  });

  test('what the first page loads before anything is done is at most 160 kB of script, zipped', async () => {
    const fresh = await stage.desk();
    const scripts = new Map<string, number>();
    fresh.page.on('response', (response) => {
      if (!new URL(response.url()).pathname.endsWith('.js')) return;
      scripts.set(response.url(), 0);
      void response.body().then((body) => scripts.set(response.url(), gzipSync(body, { level: 9 }).length));
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
