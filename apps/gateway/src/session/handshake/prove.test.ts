import type { IConnackPacket, IConnectPacket } from 'mqtt-packet';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { anonymous, type Identity } from '../../admission/identity.ts';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { type AuthFailure, type AuthSuccess, countedUser } from '../../auth/auth-failure.ts';
import type { Credentials } from '../../auth/authenticator.ts';
import type { Judged } from '../../auth/chain.ts';
import { refused } from '../../auth/verdicts.ts';
import type { DeviceDesk } from '../../testing/device-desk.ts';
import { MqttDesk } from '../../testing/mqtt-desk.ts';
import { until } from '../../testing/until.ts';
import type { IdentityServices } from './identity-services.ts';

let asked: Credentials[] = [];
let failed: AuthFailure[] = [];
let proven: AuthSuccess[] = [];
let disabled = new Set<string>();
let isGone: (identity: Identity) => boolean;
/** What the authenticators say; a promise keeps the device waiting. */
let judge: () => Judged | Promise<Judged>;

const services: IdentityServices = {
  binding: () => 'equal',
  authenticate: (credentials) => {
    asked.push(credentials);
    return judge();
  },
  isDisabled: (clientId) => disabled.has(clientId),
  isGone: (identity) => isGone(identity),
  onProven: (success) => proven.push(success),
  onFailed: (failure) => failed.push(failure),
  endAt: () => {},
};

let desk: MqttDesk;
beforeAll(async () => {
  desk = await MqttDesk.start([], services);
});
afterAll(() => desk.stop());
let clientId = '';
let count = 0;
beforeEach(() => {
  clientId = `device-${++count}`;
  [asked, failed, proven] = [[], [], []];
  disabled = new Set();
  isGone = () => false;
  judge = accept({ user: clientId });
});

const accept =
  (facts: Partial<Identity>): (() => Judged) =>
  () => ({ by: 'users', verdict: { kind: 'accepted', identity: { ...anonymous, by: 'users', ...facts } } });

function connect(more: Partial<IConnectPacket> = {}): DeviceDesk {
  const device = desk.device();
  device.send({
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId, clean: true, keepalive: 60 },
    ...{ username: clientId, password: Buffer.from('hunter2') },
    ...more,
  });
  return device;
}
const codeOf = async (device: DeviceDesk): Promise<number | undefined> =>
  ((await device.next()) as IConnackPacket).reasonCode;

test('who is accepted is in, as that; whoever wants to know is told', async () => {
  expect(await codeOf(connect())).toBe(0);
  expect(asked).toMatchObject([
    { clientId, user: clientId, address: '192.0.2.1', listener: 'mqtt', protocol: 'mqtt5' },
  ]);
  const session = desk.registry.get(clientId)!;
  expect(session.identity).toMatchObject({ by: 'users', user: clientId });
  expect(session.isTransient).toBe(false);
  expect(proven).toMatchObject([{ address: '192.0.2.1', clientId }]);
});

test('the bytes of a password are wiped once it is judged', async () => {
  judge = () => Promise.resolve(accept({ user: clientId })());
  expect(await codeOf(connect())).toBe(0);
  expect(asked[0]!.password).toEqual(Buffer.alloc(7));
});

test('a refusal is told once to those who count them, and logged without a secret', async () => {
  judge = () => ({ by: 'users', verdict: refused('bad-credentials', 'wrong password') });
  expect(await codeOf(connect())).toBe(0x86);
  expect(failed).toEqual([
    { address: '192.0.2.1', clientId, user: clientId, authenticator: 'users', reason: 'bad-credentials' },
  ]);
  const lines = desk.logged('connection refused').filter(({ device }) => device === clientId);
  expect(lines).toMatchObject([
    { reason: 'bad-credentials', detail: 'wrong password', authenticator: 'users' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(await desk.isClaimed(clientId)).toBe(false);
});

test('of a user that may not be named a digest is told, the same whatever the client id', async () => {
  judge = () => ({ by: 'users', verdict: refused('bad-credentials', 'wrong password') });
  const username = 'x'.repeat(65);
  for (const id of [clientId, `${clientId}-2`]) await codeOf(connect({ clientId: id, username }));
  expect(failed.map(({ user }) => user)).toEqual([countedUser(username), countedUser(username)]);
});

test.each(['auth-unavailable', 'server-busy'] as const)('%s is no failure of the device', async (reason) => {
  judge = () => ({ by: 'hook', verdict: refused(reason, 'away') });
  expect(await codeOf(connect())).toBeGreaterThanOrEqual(0x88);
  expect(failed).toEqual([]);
});

test('a device that leaves while it is judged is forgotten; what is said of it later does nothing', async () => {
  let say: (judged: Judged) => void = () => {};
  judge = () => new Promise((resolve) => (say = resolve));
  const device = connect();
  await until('the question', () => asked.length === 1);
  device.transport.lose();
  await until('the end', () => desk.logged('connection ended during its handshake').length > 0);
  say(accept({ user: clientId })());
  await device.soFar();
  expect(desk.registry.get(clientId)).toBeUndefined();
  expect(await desk.isClaimed(clientId)).toBe(false);
  expect(desk.greeting.size).toBe(0);
});

test('a wrong password counts, also of a device that does not wait for the answer', async () => {
  let say: (judged: Judged) => void = () => {};
  judge = () => new Promise((resolve) => (say = resolve));
  const device = connect();
  await until('the question', () => asked.length === 1);
  device.transport.lose();
  expect(failed).toEqual([]);
  say({ by: 'users', verdict: refused('bad-credentials', 'wrong password') });
  await until('the failure', () => failed.length > 0);
  expect(failed).toMatchObject([{ clientId, user: clientId, reason: 'bad-credentials' }]);
  expect(asked[0]!.password).toEqual(Buffer.alloc(7));
});

test('one that is judged too slowly has run out of time', async () => {
  judge = () => new Promise(() => {});
  const device = connect();
  await until('the question', () => asked.length === 1);
  desk.passHandshake();
  await device.last();
  expect(desk.ended('handshake-timeout')).toBe(1);
});

test('a disabled device is refused whoever vouches for it, also when that happens on its way in', async () => {
  disabled.add(clientId);
  expect(await codeOf(connect())).toBe(0x87);
  expect(await desk.isClaimed(clientId)).toBe(false);
  disabled = new Set();
  let looks = 0;
  const isDisabled = (): boolean => ++looks > 1;
  const before = services.isDisabled;
  Object.assign(services, { isDisabled });
  expect(await codeOf(connect())).toBe(0x87);
  Object.assign(services, { isDisabled: before });
  expect(desk.registry.get(clientId)).toBeUndefined();
});

test('a user who is taken out while a device of his is on its way in does not get in', async () => {
  let looks = 0;
  isGone = ({ user }) => user === clientId && ++looks > 1;
  expect(await codeOf(connect())).toBe(0x87);
  expect(desk.registry.get(clientId)).toBeUndefined();
  expect(desk.logged('connection refused').at(-1)).toMatchObject({ detail: 'its user is gone' });
});

test('what has run out already lets nobody in', async () => {
  judge = accept({ user: clientId, expiresAt: desk.clock.now() });
  expect(await codeOf(connect())).toBe(0x87);
  expect(desk.logged('connection refused').at(-1)).toMatchObject({ reason: 'credentials-expired' });
});

test('no identity outlives the certificate it came with', async () => {
  const certificate: CertificateFacts = {
    ...{ commonName: 'x', alternativeNames: [], fingerprint: 'ab', spki: 'key', serial: '1', issuer: 'CN=x' },
    expiresAt: desk.clock.now() + 60_000,
  };
  judge = accept({ user: clientId, expiresAt: desk.clock.now() + 3_600_000 });
  const device = desk.device();
  device.transport.certificate = { ...certificate, chain: [] };
  device.send({
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId, clean: true, keepalive: 60 },
  });
  expect(await codeOf(device)).toBe(0);
  expect(asked[0]!.certificate).toMatchObject(certificate);
  expect(desk.registry.get(clientId)!.identity).toMatchObject({
    certificate,
    expiresAt: certificate.expiresAt,
  });
});

test('a device that asks for an id gets the one it may use, if it can be one', async () => {
  judge = accept({ user: 'ann', clientId: clientId });
  const connack = (await connect({ clientId: '' }).next()) as IConnackPacket;
  expect(connack.properties?.assignedClientIdentifier).toBe(clientId);
  expect(desk.registry.get(clientId)!.isTransient).toBe(false);
  judge = accept({ user: 'x'.repeat(300) });
  expect(await codeOf(connect({ clientId: '' }))).toBe(0x85);
});
