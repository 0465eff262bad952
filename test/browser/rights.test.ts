import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { SignedInHeaders } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

const disconnect = { device: 'pump-1', reason: 'to see what happens' };

describe.runIf(hasBrowser)('two operators and a viewer', () => {
  const stage = useStage();
  let device: MqttClient;
  let headers: Record<'olga' | 'otto' | 'vera', SignedInHeaders>;

  beforeAll(async () => {
    device = await mqtt.connectAsync(stage.gateways[0]!.mqttUrl, {
      clientId: 'pump-1',
      reconnectPeriod: 200,
    });
    device.on('error', () => undefined);
    headers = {
      olga: await stage.operator('olga', 'operator'),
      otto: await stage.operator('otto', 'operator', true),
      vera: await stage.operator('vera', 'viewer'),
    };
  });
  afterAll(() => device?.endAsync(true));

  const pagesOf = (desk: Desk): Promise<string[]> => desk.page.locator('nav .rail-link').allInnerTexts();

  test('the viewer sees what there is, and of each action which role it needs', async () => {
    const desk = await stage.desk('vera');
    await desk.go('/devices/pump-1');
    const button = desk.button('Disconnect');
    await button.waitFor();
    expect(await pagesOf(desk)).toEqual(['Fleet', 'Devices', 'Problems', 'Nodes', 'Streams', 'Access']);
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.hover();
    await desk.page.getByRole('tooltip').getByText('Needs the role operator').waitFor();
    await button.click({ force: true });
    await desk.button('More actions').click();
    const ban = desk.page.getByRole('menuitem', { name: /Ban/ });
    expect(await ban.getAttribute('aria-disabled')).toBe('true');
    expect(await ban.textContent()).toContain('Needs the role admin');
    expect(await desk.dialog().count()).toBe(0);
    await desk.go('/audit');
    await desk.see('The audit could not be read:');
  });

  test('an admin gives a device a secret, which is shown once, and disables it', async () => {
    const desk = await stage.desk('admin');
    await desk.go('/access?tab=devices');
    await desk.button('Give a credential…').click();
    await desk.dialog().getByLabel('Client id').fill('valve/1 <b>');
    await desk.dialog().getByRole('button', { name: 'Give it' }).click();
    const secret = await desk.page.locator('.secret code').textContent();
    expect(secret).toMatch(/^[\w-]{43}$/);
    await desk.button('I have kept it').click();
    const row = desk.page.locator('tr', { hasText: 'valve/1 <b>' });
    await row.getByText('in force').waitFor();
    expect(await desk.page.content()).not.toContain(secret!);
    await row.getByRole('button', { name: 'Disable' }).click();
    await desk.dialog().getByLabel('Reason').fill('lost in the field');
    await desk.dialog().getByRole('button', { name: 'Disable it' }).click();
    await desk.page
      .getByRole('region', { name: 'Disabled devices' })
      .getByText('lost in the field')
      .waitFor();
    await desk.go(`/devices/${encodeURIComponent('valve/1 <b>')}`);
    await desk.see('⊘ disabled');
    await desk.see('lost in the field');
  });

  test('an admin bans an address and lifts the ban, and the focus stays in the page', async () => {
    const desk = await stage.desk('admin');
    await desk.go('/access');
    await desk.button('Ban…').click();
    await desk.dialog().getByLabel('Who').fill('ip:198.51.100.7');
    await desk.dialog().getByText('Nobody of them is connected now.').waitFor();
    await desk.dialog().getByLabel('Reason').fill('a scanner');
    await desk.dialog().getByRole('button', { name: 'Ban', exact: true }).click();
    const row = desk.page.locator('tr', { hasText: 'ip:198.51.100.7' });
    await row.getByRole('button', { name: 'Lift' }).focus();
    await desk.page.keyboard.press('Enter');
    await desk.dialog().getByRole('button', { name: 'Lift the ban' }).focus();
    await desk.page.keyboard.press('Enter');
    await row.waitFor({ state: 'detached' });
    await until('the focus to be near what went', () =>
      desk.page.evaluate<boolean>(
        'document.activeElement !== document.body && document.activeElement.closest("main") !== null',
      ),
    );
  });

  test('rights hold on the API, whatever a page would offer', async () => {
    const { olga, vera } = headers;
    const until1h = Date.now() + 3_600_000;
    const ban = { target: 'id:pump-1', reason: 'because', until: until1h };
    const answers = await Promise.all([
      stage.send('/actions/disconnect', disconnect, vera),
      stage.send('/traces', { device: 'pump-1' }, vera),
      stage.send('/bans', ban, vera),
      stage.send('/bans', ban, olga),
      stage.send('/operators', { name: 'eva', role: 'admin' }, olga),
      stage.send('/traces', { device: 'pump-1', payload: true }, olga),
      fetch(`${stage.address}/api/v1/audit`, { headers: { ...vera } }),
      fetch(`${stage.address}/api/v1/operators`, { headers: { ...olga } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 403, 403]);
    const [first] = await Promise.all(answers.map((answer) => answer.json() as Promise<object>));
    expect(first).toMatchObject({ code: 'forbidden', status: 403 });
  });

  test('rights hold on the feed: no cookie or another site gets nothing, a viewer no trace', async () => {
    const closed = async (sent: Record<string, string>): Promise<number> => {
      const socket = new WebSocket(`${stage.address.replace('http', 'ws')}/api/v1/live`, { headers: sent });
      return new Promise((resolve) => {
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
        socket.on('close', resolve).on('error', () => undefined);
        socket.on('open', () => resolve(101)).on('open', () => socket.close());
      });
    };
    const { cookie } = headers.vera;
    expect(await closed({ origin: stage.address })).not.toBe(101);
    expect(await closed({ cookie, origin: 'https://elsewhere.example' })).not.toBe(101);
    expect(await closed({ cookie, origin: stage.address })).toBe(101);
    const started = await stage.send('/traces', { device: 'pump-1', payload: true }, headers.otto);
    const { trace } = (await started.json()) as { trace: { id: string } };
    const seen = async (who: SignedInHeaders): Promise<string> => {
      const url = `${stage.address}/api/v1/traces/${trace.id}/events`;
      return (await fetch(url, { headers: { ...who } })).text();
    };
    const payload = Buffer.from('for some eyes only').toString('base64');
    // Again and again: the trace is accepted before the node of the device has heard of it.
    await until(
      'the message in the trace',
      async () => {
        device.publish('state/pump-1', 'for some eyes only');
        return (await seen(headers.otto)).includes(payload);
      },
      { everyMs: 100 },
    );
    expect(await seen(headers.olga)).toContain('state/pump-1');
    expect(await seen(headers.olga)).not.toContain(payload);
    expect(await seen(headers.vera)).toContain('forbidden');
    expect(await framesOf(headers.vera, { ch: 'trace', id: trace.id })).not.toContain('state/pump-1');
    const ofOlga = await framesOf(headers.olga, { ch: 'trace', id: trace.id }, 'state/pump-1');
    expect(ofOlga).toContain('state/pump-1');
    await stage.send(`/traces/${trace.id}/stop`, {}, headers.otto);
  });

  /** What the feed says at first to somebody who asks for a channel, and for the fleet behind it; until it says `wanted`. */
  async function framesOf({ cookie }: SignedInHeaders, sub: object, wanted = ''): Promise<string> {
    const socket = new WebSocket(`${stage.address.replace('http', 'ws')}/api/v1/live`, {
      headers: { cookie, origin: stage.address },
    });
    let text = '';
    let isClosed = false;
    socket.on('message', (data: Buffer) => (text += data.toString()));
    socket.on('close', () => (isClosed = true)).on('error', () => undefined);
    socket.on('open', () => socket.send(JSON.stringify({ sub: [sub, { ch: 'fleet' }] })));
    // The second word about the fleet comes a second later: by then the trace has had its turn.
    const hasSpoken = (): boolean => text.split('"ch":"fleet"').length > 2 && text.includes(wanted);
    await until('the feed to speak', () => isClosed || hasSpoken());
    socket.terminate();
    return text;
  }

  test('two operators act, and the audit says who did what and who was refused', async () => {
    expect((await stage.send('/actions/disconnect', disconnect, headers.olga)).status).toBe(202);
    const desk = await stage.desk('otto');
    await desk.go('/devices/pump-1');
    await desk.page.locator('.device-head').getByText('connected', { exact: true }).waitFor();
    await desk.button('Disconnect').click();
    await desk.dialog().getByLabel('Reason').fill('once more');
    await desk.dialog().getByRole('button', { name: 'Disconnect' }).click();
    await desk.page.locator('.operation[data-state="done"]').waitFor();
    await desk.go('/audit?action=device.disconnect');
    const rows = desk.page.locator('table.audit tbody tr');
    await rows.getByText('once more').first().waitFor();
    const told = (await rows.allInnerTexts()).join('\n');
    expect(told).toMatch(/otto[^]*once more/);
    expect(told).toMatch(/olga[^]*to see what happens/);
    expect(told).toMatch(/vera[^]*refused/);
    await desk.page.getByLabel('Operator').fill('vera');
    await desk.page.waitForURL(/who=vera/);
    await rows.getByText('once more').first().waitFor({ state: 'detached' });
    await rows.getByText('refused').first().waitFor();
  });

  test('whoever loses the session is asked to sign in, and is back where they were', async () => {
    const desk = await stage.desk('vera');
    await desk.go('/devices?q=pump');
    await desk.row('pump-1').waitFor();
    const path = `${stage.address}/api/v1/operators/vera`;
    const admin = await stage.headers();
    const body = JSON.stringify({ role: 'operator' });
    const changed = await fetch(path, {
      method: 'PATCH',
      headers: { ...admin, 'content-type': 'application/json' },
      body,
    });
    expect(changed.status).toBe(200);
    await desk.page.getByRole('heading', { name: 'Sign in to Tributary' }).waitFor();
    await desk.signIn('vera');
    await desk.row('pump-1').waitFor();
    expect(desk.page.url()).toBe(desk.url('/devices?q=pump'));
  });
});
