import { describe, expect, test } from 'vitest';
import { OwnedProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import { useStage } from './stage.ts';

describe.runIf(hasBrowser)('signing in', () => {
  const stage = useStage();

  test('a wrong password says so and keeps the name; the right one leads where one wanted to go', async () => {
    const desk = await stage.emptyDesk();
    await desk.go('/nodes');
    await desk.signIn('admin', 'not the password');
    await desk.see('Name or password is wrong');
    expect(await desk.page.getByLabel('Name').inputValue()).toBe('admin');
    expect(await desk.page.getByLabel('Password').inputValue()).toBe('');
    await desk.signIn();
    await desk.page.getByRole('heading', { name: 'Nodes' }).waitFor();
    expect(desk.page.url()).toBe(desk.url('/nodes'));
  });

  test('one stays signed in when the admin starts again, and not after signing out', async () => {
    const desk = await stage.desk();
    await desk.go('/nodes');
    await desk.page.getByRole('heading', { name: 'Nodes' }).waitFor();
    await stage.withoutAdmin('stopped', async () => {
      await desk.see(/Live feed lost/);
      await stage.startAdmin();
      await desk.page.getByText(/Live feed lost/).waitFor({ state: 'detached', timeout: 20_000 });
    });
    await desk.page.reload();
    await desk.page.getByRole('heading', { name: 'Nodes' }).waitFor();
    await desk.button(/^admin/).click();
    await desk.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await desk.page.getByRole('heading', { name: 'Sign in to Tributary' }).waitFor();
    await desk.page.reload();
    await desk.page.getByRole('heading', { name: 'Sign in to Tributary' }).waitFor();
  });

  test('the shown commands bring up the first devices, and the page fills in by itself', async () => {
    const desk = await stage.desk('admin', { permissions: ['clipboard-read', 'clipboard-write'] });
    await desk.go('/devices');
    await desk.see('Waiting for the first device');
    await desk.see(`mosquitto_pub -h 127.0.0.1 -p ${stage.port('mqtt')} -i first-device `);
    const shown = await desk.page.locator('.copy-line code').last().textContent();
    await desk.button('Copy: WebSocket, with Node.js').click();
    const copied = await until('the command to be copied', () =>
      desk.page.evaluate<string>('navigator.clipboard.readText()'),
    );
    expect(copied).toBe(shown);
    const device = new OwnedProcess('sh', ['-c', `exec ${copied}`]);
    try {
      await desk.cell('second-device', 'state').getByText('connected').waitFor();
    } finally {
      await device.kill();
    }
  });
});
