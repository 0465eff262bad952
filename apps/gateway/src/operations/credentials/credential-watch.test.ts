import { disableDevice, enableDevice, putCredential, removeCredential } from '@tributary/backplane';
import { createLogger } from '@tributary/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { anonymous, type Identity } from '../../admission/identity.ts';
import { SessionRegistry } from '../../session/registry.ts';
import type { Session } from '../../session/session.ts';
import { StoreDesk } from '../../testing/store.ts';
import { until } from '../../testing/until.ts';
import { CredentialWatch } from './credential-watch.ts';

let desk: StoreDesk;
beforeAll(async () => {
  desk = await new StoreDesk(undefined, 1).started();
});
afterAll(() => desk.close());

let registry: SessionRegistry;
let watch: CredentialWatch;
let ended: string[];
beforeEach(async () => {
  registry = new SessionRegistry();
  ended = [];
  await give('pump-1', 'c1');
  watch = new CredentialWatch({
    ...{ store: desk.store, keys: desk.keys, registry, logger: createLogger({ level: 'silent' }) },
    credentialOf: ({ by, claims }) => (by === 'devices' ? String(claims['credential']) : undefined),
  });
  await watch.start();
});
afterEach(async () => {
  watch.stop();
  await desk.redis.del(desk.keys.disabledDevices, desk.keys.credentialsLog(0));
});

const give = (device: string, id: string): Promise<unknown> =>
  putCredential(desk.redis, desk.keys, device, {
    id,
    digest: 'x',
    spki: undefined,
    label: '',
    by: 'ann',
    at: 1,
  });
const disable = (device: string): Promise<unknown> =>
  disableDevice(desk.redis, desk.keys, device, { reason: 'stolen', by: 'ann', at: 1 });

/** A session that came in with this credential, or by somebody else's word. */
function enter(clientId: string, credential?: string): Session {
  const identity: Identity = {
    ...anonymous,
    by: credential === undefined ? 'jwt' : 'devices',
    claims: { credential },
  };
  const session = {
    ...{ clientId, identity, epoch: 1, isOpen: true },
    close: (reason: string) => {
      session.isOpen = false;
      ended.push(`${clientId} ${reason}`);
    },
  };
  registry.add(session as unknown as Session);
  return session as unknown as Session;
}

test('whoever is disabled is let go, whoever vouched for it, and kept out until it is enabled', async () => {
  enter('pump-1', 'c1');
  enter('pump-2');
  enter('pump-3');
  await disable('pump-1');
  await disable('pump-2');
  expect(await watch.apply()).toBe(2);
  expect(ended).toEqual(['pump-1 not-authorized', 'pump-2 not-authorized']);
  expect(['pump-1', 'pump-2', 'pump-3'].map((id) => watch.isDisabled(id))).toEqual([true, true, false]);
  await enableDevice(desk.redis, desk.keys, 'pump-1');
  await watch.apply();
  expect([watch.isDisabled('pump-1'), watch.count]).toEqual([false, 1]);
});

test('a session ends when its credential is replaced or removed; one that others vouch for does not', async () => {
  enter('pump-1', 'c1');
  enter('pump-2');
  await give('pump-2', 'c2');
  await give('pump-1', 'c1');
  expect(await watch.apply()).toBe(0);
  await give('pump-1', 'c9');
  expect(await watch.apply()).toBe(1);
  enter('pump-4', 'c4');
  await removeCredential(desk.redis, desk.keys, 'pump-4');
  await give('pump-4', 'c4');
  await removeCredential(desk.redis, desk.keys, 'pump-4');
  expect(await watch.apply()).toBe(1);
  expect(ended).toEqual(['pump-1 not-authorized', 'pump-4 not-authorized']);
});

test('a device that was on its way in while its credential changed is looked at when it is in', async () => {
  await give('pump-1', 'c2');
  await watch.apply();
  watch.begun(enter('pump-1', 'c1'));
  await until('it to be let go', () => ended.length === 1);
});

test('a device that was on its way in while it was disabled is let go when it is in', async () => {
  await disable('pump-1');
  await watch.apply();
  watch.begun(enter('pump-1'));
  expect(ended).toEqual(['pump-1 not-authorized']);
});

test('a disabled device is found though nobody told of it', async () => {
  enter('pump-1', 'c1');
  await desk.redis.hset(desk.keys.disabledDevices, 'pump-1', '{}');
  expect(await watch.apply()).toBe(1);
});

test('what changed while Redis was away is found when it is back', async () => {
  enter('pump-1', 'c1');
  await disable('pump-1');
  await desk.cut();
  await until('it to be let go', () => ended.length === 1);
});

test('a node that missed more than the log holds looks at everybody', async () => {
  enter('pump-1', 'c1');
  enter('pump-2');
  await give('pump-1', 'c2');
  for (let i = 0; i < 3; i++) await give(`other-${i}`, 'c');
  await desk.redis.xtrim(desk.keys.credentialsLog(0), 'MAXLEN', 2);
  expect(await watch.apply()).toBe(1);
  expect(ended).toEqual(['pump-1 not-authorized']);
});
