import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuthFiles } from '../support/auth-files.ts';
import { freshId, useStage } from '../support/stage.ts';
import { tryToEnter } from './support/intruder.ts';
import { besideDevices, nothingIsKept } from './support/well-behaved.ts';

const badCredentials = 0x86;
const banned = 0x8a;
const perAddress = 30;
const files = new AuthFiles();
afterAll(() => files.remove());
const stage = useStage({
  config: {
    auth: { anonymous: true, binding: 'none', chain: [{ type: 'users', file: files.users }] },
    flapping: { mode: 'enforce', failedAuthentications: { perDevice: 5, perAddress } },
  },
});
beforeAll(() => files.writeUsers({ ann: 'right', bob: 'builder' }));

const guess = (username: string, password: string): Promise<number | undefined> =>
  tryToEnter(stage.gateway.port('mqtt'), freshId('guess'), { username, password: Buffer.from(password) });

test('who guesses the passwords of a user is kept from that user, then from the door; devices notice nothing', async () => {
  await besideDevices(stage, async () => {
    const codes: (number | undefined)[] = [];
    for (let n = 0; n < 10; n++) codes.push(await guess('ann', `secret-${n}`));
    expect(codes.slice(0, 5)).toEqual(Array<number>(5).fill(badCredentials));
    expect(codes.at(-1)).toBe(banned);
    // The right one is of no use from there any more.
    expect(await guess('ann', 'right')).toBe(banned);
    expect(await guess('bob', 'builder')).toBe(0);
    for (let n = 0; n < 2 * perAddress; n++) codes.push(await guess(`nobody-${n}`, `secret-${n}`));
    expect(codes.at(-1)).toBeUndefined();
  });
  const refused = (reason: string): Promise<number> =>
    stage.gateway.metric('tributary_connects_refused_total', { reason });
  expect(await refused('bad-credentials')).toBeLessThanOrEqual(5 + perAddress + 1);
  expect(await refused('banned')).toBeGreaterThan(perAddress / 2);
  expect(await stage.gateway.metric('tributary_bans')).toBe(2);
  expect(stage.gateway.process.lines.join('\n')).not.toMatch(/secret-\d/);
  await nothingIsKept(stage);
});
