import { expect, test } from 'vitest';
import { freshId, useStage } from '../support/stage.ts';
import { tryToEnter } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const banned = 0x8a;
const connects = 5;
const stage = useStage({ config: { flapping: { mode: 'enforce', connects } } });

/** Connects until it is let in no more; answers how often it was. */
async function flap(id: string): Promise<number> {
  const port = stage.gateway.port('mqtt');
  for (let n = 0; n < 3 * connects; n++) {
    const code = await tryToEnter(port, id);
    if (code === banned) return n;
    expect(code).toBe(0);
  }
  throw new Error(`${id} was let in ${3 * connects} times`);
}

test('many ids that come and go are kept out, each by its own; devices beside them notice nothing', async () => {
  const ids = Array.from({ length: 60 }, () => freshId('flap'));
  await besideDevices(stage, async () => {
    const times = await Promise.all(ids.map(flap));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(connects);
  });
  const flapping = { scope: 'device', reason: 'flapping' };
  expect(await stage.gateway.metric('tributary_throttled_total', flapping)).toBe(ids.length);
  expect(await stage.gateway.metric('tributary_bans')).toBe(ids.length);
  expect(
    await stage.gateway.metric('tributary_connects_refused_total', { reason: 'banned' }),
  ).toBeGreaterThanOrEqual(ids.length);
  await nothingIsKept(stage);
});
