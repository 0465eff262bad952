import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

// What operators do all day: find a device, look at it, trace it, disconnect it, and see what came of it.
describe.runIf(hasBrowser)('operating a device', () => {
  const stage = useStage();
  const devices: MqttClient[] = [];
  let desk: Desk;

  beforeAll(async () => {
    for (const id of ['pump-1', 'pump-2', 'valve-1']) devices.push(await device(id));
    await stage.operator('olga', 'operator');
    desk = await stage.desk('olga');
  });
  afterAll(() => Promise.all(devices.map((client) => client.endAsync(true))));

  /** A real client that comes back by itself, with a tag and a message each 200 ms. */
  async function device(clientId: string): Promise<MqttClient> {
    const site = clientId.endsWith('1') ? 'berlin' : 'lyon';
    const client = await mqtt.connectAsync(stage.gateways[0]!.mqttUrl, {
      clientId,
      protocolVersion: 5,
      reconnectPeriod: 300,
      properties: { userProperties: { 'tag.site': site } },
    });
    client.on('error', () => undefined);
    const timer = setInterval(() => client.publish(`state/${clientId}`, 'secret payload', { qos: 1 }), 200);
    client.once('end', () => clearInterval(timer));
    return client;
  }

  test('the text of the filter becomes chips, chips can be taken away, and the URL has it all', async () => {
    await desk.go('/devices');
    await desk.row('valve-1').waitFor();
    await desk.page.keyboard.press('/');
    await desk.search('pump tag.site:berlin');
    await desk.page.waitForURL(/q=pump/);
    await desk.row('valve-1').waitFor({ state: 'detached' });
    await desk.row('pump-2').waitFor({ state: 'detached' });
    await desk.page.keyboard.press('Enter');
    await desk.button('Remove tag.site:berlin').click();
    await desk.row('pump-2').waitFor();
    expect(new URL(desk.page.url()).searchParams.get('q')).toBe('pump');
    await desk.page.reload();
    await desk.row('pump-2').waitFor();
    await desk.row('valve-1').waitFor({ state: 'detached' });
    expect(await desk.page.getByRole('grid').getAttribute('aria-rowcount')).toBe('3');
  });

  test('a word that cannot be read is marked and explained, and the last good list stays', async () => {
    await desk.go('/devices?q=pump');
    await desk.row('pump-1').waitFor();
    await desk.page.keyboard.press('/');
    await desk.search('pump colour:red');
    const box = desk.page.locator('#search');
    await desk.page.locator('.filter-waves mark', { hasText: 'colour' }).waitFor();
    expect(await box.getAttribute('aria-invalid')).toBe('true');
    await desk.row('pump-1').waitFor();
    expect(new URL(desk.page.url()).searchParams.get('q')).toBe('pump');
    await desk.search('pump band:poor');
    await desk.see('No device fits');
    await desk.button(/^without band:poor/).click();
    await desk.row('pump-1').waitFor();
  });

  test('a trace shows the packets as they come, without payload for whoever may not read it', async () => {
    await desk.go('/devices?q=pump-1');
    await desk.row('pump-1').getByRole('link', { name: 'pump-1' }).click();
    await desk.page.waitForURL(/\/devices\/pump-1$/);
    await desk.button('Trace').click();
    expect(await desk.dialog().getByRole('checkbox').isDisabled()).toBe(true);
    await desk.dialog().getByRole('button', { name: 'Start' }).click();
    const packet = desk.page.locator('.trace-line', { hasText: 'state/pump-1' }).first();
    await packet.waitFor();
    await desk.page.locator('.trace-bar').getByRole('button', { name: 'Pause' }).click();
    await packet.click();
    await desk.see('14 bytes of payload, not recorded or not yours to read');
    expect(await desk.page.getByText('secret payload').count()).toBe(0);
    await desk.page.locator('.device-note').getByText('● traced by olga').waitFor();
    await desk.page.locator('.trace-head').getByRole('button', { name: 'Stop' }).click();
    await desk.page.locator('.trace-head').getByText('stopped').waitFor();
  });

  test('a device is disconnected with a reason, comes back, and timeline and audit tell it', async () => {
    await desk.go('/devices/pump-1');
    await desk.button('Disconnect').click();
    const confirm = desk.dialog().getByRole('button', { name: 'Disconnect' });
    expect(await confirm.isDisabled()).toBe(true);
    await desk.dialog().getByLabel('Reason').fill('valve test on site');
    await confirm.click();
    await desk.page
      .locator('.operation[data-state="done"]')
      .getByText(/disconnected/i)
      .waitFor();
    await desk.page.getByRole('tab', { name: 'Timeline' }).click();
    const line = (kind: string) => desk.page.locator(`.timeline li[data-kind="${kind}"]`).first();
    await line('action').getByText('valve test on site').waitFor();
    await line('disconnected').waitFor();
    await desk.page.locator('.timeline li').first().and(line('connected')).waitFor();
    await desk.page.locator('.device-head').getByText('connected', { exact: true }).waitFor();
    await desk.page.keyboard.press('g');
    await desk.page.keyboard.press('a');
    const entry = desk.page.locator('table.audit tbody tr', { hasText: 'device.disconnect' }).first();
    await entry.getByText('valve test on site').waitFor();
    expect(await entry.textContent()).toMatch(/olga.*operator.*pump-1/);
  });

  test('what happened to many is asked first, and only to those the filter fits', async () => {
    await desk.go('/devices?q=pump');
    await desk.row('pump-2').waitFor();
    await desk.button('Disconnect 2…').click();
    await desk.dialog().getByText('pump-1').first().waitFor();
    expect(await desk.dialog().getByText('valve-1').count()).toBe(0);
    await desk.dialog().getByLabel('Reason').fill('a new certificate');
    await desk.dialog().getByRole('button', { name: 'Disconnect 2' }).click();
    await desk.page.locator('.operation[data-state="done"]').getByText('2 disconnected').waitFor();
    await desk.row('pump-1').getByText('connected').waitFor();
    await desk.row('pump-2').getByText('connected').waitFor();
  });
});
