import { createHash, randomBytes } from 'node:crypto';
import type { DeviceCredential } from '@tributary/backplane';
import { expect, test } from 'vitest';
import type { CertificateFacts } from '../../certificate-facts.ts';
import { shown } from '../../testing/credentials.ts';
import type { Verdict } from '../authenticator.ts';
import { DeviceAuthenticator } from './device-authenticator.ts';

const secret = randomBytes(32).toString('base64url');
const digest = createHash('sha256').update(secret).digest('base64url');
const spki = `${'A'.repeat(43)}=`;
const certificate = (key: string): CertificateFacts => ({
  ...{
    commonName: 'pump-1',
    alternativeNames: [],
    fingerprint: 'ab',
    spki: key,
    serial: '1',
    issuer: 'CN=x',
  },
  expiresAt: 1_900_000_000_000,
});
const credential: DeviceCredential = { id: 'c1', digest, spki: undefined, label: '', by: 'ann', at: 1 };

function authenticator(known: DeviceCredential | undefined | Error = credential) {
  const asked: string[] = [];
  const read = (device: string): Promise<DeviceCredential | undefined> => {
    asked.push(device);
    if (known instanceof Error) return Promise.reject(known);
    return Promise.resolve(device === 'pump-1' ? known : undefined);
  };
  return { asked, it: new DeviceAuthenticator({ name: 'devices', maxRunning: 2, maxWaiting: 8, read }) };
}

test('the right secret is let in as its device, in one look-up', async () => {
  const { it, asked } = authenticator();
  const verdict = await it.authenticate(shown({ password: secret }));
  expect(verdict).toMatchObject({
    kind: 'accepted',
    identity: { by: 'devices', user: 'pump-1', clientId: 'pump-1' },
  });
  expect(verdict.kind === 'accepted' && it.credentialOf(verdict.identity)).toBe('c1');
  expect(asked).toEqual(['pump-1']);
});

test('a device that asks for an id is known by its user', async () => {
  const { it } = authenticator();
  const verdict = await it.authenticate(
    shown({ clientId: 'auto-1', isAssigned: true, user: 'pump-1', password: secret }),
  );
  expect(verdict).toMatchObject({ identity: { clientId: 'pump-1' } });
});

test.each([
  ['a wrong secret', { password: `${secret}x` }],
  ['an empty secret', { password: '' }],
  ['a certificate instead', { certificate: certificate(spki) }],
])('%s is refused', async (_, shows) => {
  const { it } = authenticator();
  expect(await it.authenticate(shown(shows))).toMatchObject({ kind: 'refused', reason: 'bad-credentials' });
});

test.each([
  ['nothing shown', {}],
  ['a device without a credential', { clientId: 'pump-2', password: secret }],
  ['another user', { user: 'ann', password: secret }],
  ['a token, which is longer than any secret', { password: 'x'.repeat(300) }],
])('%s is left to the next', async (_, shows) => {
  const { it } = authenticator();
  expect(await it.authenticate(shown(shows))).toEqual({ kind: 'pass' });
});

test('a pinned key asks for a certificate with it, besides the secret or alone', async () => {
  const both = authenticator({ ...credential, spki }).it;
  const verdicts = [
    await both.authenticate(shown({ password: secret, certificate: certificate(spki) })),
    await both.authenticate(shown({ password: secret })),
    await both.authenticate(shown({ password: secret, certificate: certificate(`B${spki.slice(1)}`) })),
    await both.authenticate(shown({ certificate: certificate(spki) })),
    await authenticator({ ...credential, digest: undefined, spki }).it.authenticate(
      shown({ certificate: certificate(spki) }),
    ),
  ];
  expect(verdicts.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'refused', 'refused', 'accepted']);
});

test('who came in with a credential that was replaced or removed since has to show another', async () => {
  const verdict = await authenticator().it.authenticate(shown({ password: secret }));
  const { identity } = verdict as Extract<Verdict, { kind: 'accepted' }>;
  expect(await authenticator().it.isInForce(identity)).toBe(true);
  expect(await authenticator({ ...credential, id: 'c2' }).it.isInForce(identity)).toBe(false);
  const removed = { ...identity, clientId: 'pump-2' };
  expect(await authenticator().it.isInForce(removed)).toBe(false);
  expect(await authenticator().it.isInForce({ ...removed, claims: {} })).toBe(false);
});

test('while Redis is away nobody is let in, and told to come back', async () => {
  const { it } = authenticator(new Error('Connection is closed.'));
  expect(await it.authenticate(shown({ password: secret }))).toMatchObject({ reason: 'store-unavailable' });
});

test('a flood is turned away instead of waiting for ever', async () => {
  const it = new DeviceAuthenticator({
    name: 'devices',
    maxRunning: 1,
    maxWaiting: 4,
    read: () => new Promise(() => {}),
  });
  const verdicts = Array.from({ length: 50 }, () => it.authenticate(shown({ password: secret })));
  expect(await verdicts.at(-1)).toMatchObject({ kind: 'refused', reason: 'server-busy' });
});
