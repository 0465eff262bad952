import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

const count = 600;
const meter = (n: number): string => `meter-${String(n).padStart(4, '0')}`;

// For 100,000 devices: bench -- dashboard --browser.
describe.runIf(hasBrowser)('a list longer than the screen', () => {
  const stage = useStage();
  const devices: RawMqtt[] = [];
  let desk: Desk;

  beforeAll(async () => {
    const port = stage.port('mqtt');
    for (let from = 0; from < count; from += 50) {
      const batch = Array.from({ length: 50 }, (_, n) => connect(meter(from + n), port));
      devices.push(...(await Promise.all(batch)));
    }
    desk = await stage.desk();
    await until('all devices to be known', async () => (await stage.deviceCount()) === count);
    await desk.go('/devices');
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  async function connect(id: string, port: number): Promise<RawMqtt> {
    const device = await RawMqtt.tcp(port);
    await device.connect(id, { keepalive: 0 });
    return device;
  }

  test('counts all and holds only the rows on screen, to the last one', async () => {
    const counted = async (): Promise<string | null> =>
      desk.page.getByRole('grid').getAttribute('aria-rowcount');
    await until('all to be counted', async () => (await counted()) === String(count + 1));
    await until(
      'the last device',
      async () => {
        await desk.page.getByRole('grid').evaluate((grid) => grid.scrollTo({ top: grid.scrollHeight }));
        return desk.row(meter(count - 1)).isVisible();
      },
      { everyMs: 50 },
    );
    expect(await desk.page.locator('.grid-body .grid-row[data-id]').count()).toBeLessThan(60);
    await desk
      .cell(meter(count - 1), 'state')
      .getByText('connected')
      .waitFor();
  });

  test('rows on screen are live wherever one has scrolled to', async () => {
    devices.at(-1)!.drop();
    await desk
      .cell(meter(count - 1), 'state')
      .getByText('offline')
      .waitFor();
  });

  test('an order by anything but the id stands still until it is asked for, and tells what would move', async () => {
    await desk.go('/devices?sort=-lastSeen');
    await desk.page.locator('.grid-body .grid-row[data-id]').first().waitFor();
    const ids = (): Promise<(string | undefined)[]> =>
      desk.page
        .locator('.grid-body .grid-row[data-id]')
        .evaluateAll((rows) => rows.slice(0, 10).map((row) => row.dataset['id']));
    const before = await ids();
    devices.push(await connect('meter-new', stage.port('mqtt')));
    const chip = desk.page.locator('.order-chip');
    await chip.waitFor();
    expect(await ids()).toEqual(before);
    await chip.click();
    await desk.row('meter-new').waitFor();
  });
});
