import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { promptMs, until } from '../support/until.ts';
import { hasBrowser } from './chromium.ts';
import type { Desk } from './desk.ts';
import { useStage } from './stage.ts';

// What the page says when a part of the system is away. Each test leaves the part away or brings it back; their order counts.
describe.runIf(hasBrowser)('when something is away', () => {
  const stage = useStage(() => ({ nodes: ['gw-1', 'gw-2'] }));
  const devices = new Map<string, RawMqtt>();
  let desk: Desk;

  beforeAll(async () => {
    for (const [n, gateway] of stage.gateways.entries()) {
      for (const name of ['a', 'b', 'c']) await connect(`${gateway.node.slice(0, 4)}-${name}${n}`, n);
    }
    desk = await stage.desk();
    await desk.go('/devices');
    await desk.row('gw-2-c1').waitFor();
  });
  afterAll(() => devices.forEach((device) => device.drop()));

  async function connect(id: string, node: number): Promise<void> {
    const device = await RawMqtt.tcp(stage.gateways[node]!.port('mqtt'));
    await device.connect(id);
    devices.set(id, device);
  }

  /** How grey the live values are. */
  const opacity = async (): Promise<number> =>
    Number(await desk.page.evaluate("getComputedStyle(document.querySelector('.live')).opacity"));

  /** Looks at the states on the page again and again until all devices of a node have one; answers all it saw. */
  async function statesUntil(node: string, state: string, deadlineMs: number): Promise<Set<string>> {
    const seen = new Set<string>();
    const rows = desk.page.locator(`[role="row"][data-id^="${node}-"]`);
    await until(
      () => `all devices of ${node} to be ${state}; seen: ${[...seen].join(', ')}`,
      async () => {
        const states = await rows.evaluateAll((all) => all.map((row) => row.dataset['state'] ?? ''));
        for (const each of states) seen.add(each);
        return states.length === 3 && states.every((each) => each === state);
      },
      { deadlineMs, everyMs: 50 },
    );
    return seen;
  }

  test('the admin killed: said at once, values grey, and it all comes back by itself', async () => {
    await stage.withoutAdmin('killed', async () => {
      // Three seconds are promised; the machine that tests may be busy.
      await desk.see(/Live feed lost/, promptMs);
      await until('the values to be grey', async () => (await opacity()) < 0.7);
      await desk.row('gw-1-a0').waitFor();
      await connect('gw-2-d1', 1);
      await stage.startAdmin();
      await desk.page.getByText(/Live feed lost/).waitFor({ state: 'detached', timeout: 20_000 });
      await until('the values to be of full strength', async () => (await opacity()) === 1);
    });
    await desk.row('gw-2-d1').getByText('connected').waitFor();
    devices.get('gw-2-d1')!.drop();
    await desk.row('gw-2-d1').getByText('offline').waitFor();
  });

  test('a gateway killed: its devices are unknown within 20 s, none of them offline', async () => {
    await stage.gateways[0]!.kill();
    const seen = await statesUntil('gw-1', 'unknown', 20_000);
    expect([...seen].toSorted()).toEqual(['connected', 'unknown']);
    await desk
      .row('gw-1-a0')
      .getByText(/node.lost/)
      .waitFor();
    await desk.page.getByRole('link', { name: /\d+ alarm/ }).click();
    await desk.see(/^Node gw-1\S+ (died|is silent)/);
    await desk.go('/nodes');
    await desk.page.getByText(/^lost/).first().waitFor();
  });

  test('Redis gone: a red banner, and what was known stays and may be searched', async () => {
    await desk.go('/devices?q=gw-2');
    await desk.row('gw-2-a1').waitFor();
    await stage.redis.kill();
    await desk.see('Redis does not answer.', 20_000);
    await desk.see(/Showing what was known at/);
    await desk.search('gw-2-b');
    await desk.row('gw-2-a1').waitFor({ state: 'detached' });
    await desk.row('gw-2-b1').waitFor();
    await stage.redis.start();
    await desk.page.getByText('Redis does not answer.').waitFor({ state: 'detached', timeout: 30_000 });
  });
});
