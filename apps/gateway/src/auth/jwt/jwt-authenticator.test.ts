import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { shown } from '../../testing/credentials.ts';
import { forged, token, tokenNow } from '../../testing/tokens.ts';
import type { Verdict } from '../authenticator.ts';
import { JwtAuthenticator, type JwtOptions } from './jwt-authenticator.ts';
import type { KeySource } from './key-source.ts';
import { keySet, publicKeys, secretKeys, type TokenKeys } from './token-keys.ts';

const secretBytes = randomBytes(32);
const secret = createSecretKey(secretBytes);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const pemOf = (key: typeof rsa): string => key.publicKey.export({ format: 'pem', type: 'spki' }).toString();

const fixed = (keys: TokenKeys): KeySource => ({
  ...{
    keys: () => keys,
    refresh: () => Promise.resolve(false),
    start: () => Promise.resolve(),
    stop: () => {},
  },
});

function authenticator(keys: TokenKeys | KeySource, differs: Partial<JwtOptions> = {}): JwtAuthenticator {
  return new JwtAuthenticator({
    ...{
      name: 'jwt',
      audience: [],
      clockToleranceSeconds: 5,
      requireExpiry: true,
      maxTokenBytes: 8192,
      userClaim: 'sub',
    },
    source: 'find' in keys ? fixed(keys) : keys,
    now: () => tokenNow * 1000,
    ...differs,
  });
}
const bySecret = (differs: Partial<JwtOptions> = {}): JwtAuthenticator =>
  authenticator(secretKeys(secretBytes), differs);
const asked = (it: JwtAuthenticator, password: string): Promise<Verdict> =>
  it.authenticate(shown({ password }));
const jwkOf = ({ publicKey }: { publicKey: KeyObject }, kid: string): object => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
});
const reasonOf = (verdict: Verdict): string => (verdict.kind === 'refused' ? verdict.reason : verdict.kind);

test('a token of a key nobody knows waits for the issuer alone; others are checked meanwhile', async () => {
  let publish = (): void => {};
  const published = new Promise<boolean>((resolve) => (publish = () => resolve(false)));
  const it = authenticator({
    ...fixed(keySet({ keys: [jwkOf(ec, 'a')] })),
    refresh: () => published,
  });
  const strange = await token(rsa.privateKey, 'RS256', {}, 'b');
  const strangers = Array.from({ length: 16 }, () => asked(it, strange));
  expect(await asked(it, await token(ec.privateKey, 'ES256', {}, 'a'))).toMatchObject({ kind: 'accepted' });
  publish();
  for (const verdict of await Promise.all(strangers)) expect(reasonOf(verdict)).toBe('bad-credentials');
});

describe('a token that is right', () => {
  test.each([
    ['HS256', secret, secretKeys(secretBytes)],
    ['RS256', rsa.privateKey, publicKeys(Buffer.from(pemOf(rsa)))],
    ['PS512', rsa.privateKey, publicKeys(Buffer.from(pemOf(rsa)))],
    ['ES256', ec.privateKey, publicKeys(Buffer.from(pemOf(ec)))],
    ['EdDSA', ed.privateKey, publicKeys(Buffer.from(pemOf(ed)))],
  ] as const)('is taken when signed by %s', async (algorithm, key, keys) => {
    const verdict = await asked(authenticator(keys), await token(key, algorithm));
    expect(verdict).toMatchObject({ kind: 'accepted', identity: { by: 'jwt', user: 'pump-1' } });
  });

  test('says user, client id, class and when it ends, with the tolerance of clocks', async () => {
    const it = bySecret({ userClaim: 'name', clientIdClaim: 'device', classClaim: 'class' });
    const claims = { name: 'ann', device: 'pump-7', class: 'critical', site: 'berlin' };
    expect(await asked(it, await token(secret, 'HS256', claims))).toMatchObject({
      identity: {
        ...{ user: 'ann', clientId: 'pump-7', class: 'critical', expiresAt: (tokenNow + 65) * 1000 },
        claims: { site: 'berlin' },
      },
    });
  });

  test('may be a few seconds past its end, or before its beginning', async () => {
    expect(reasonOf(await asked(bySecret(), await token(secret, 'HS256', { exp: tokenNow - 4 })))).toBe(
      'accepted',
    );
    expect(reasonOf(await asked(bySecret(), await token(secret, 'HS256', { nbf: tokenNow + 4 })))).toBe(
      'accepted',
    );
  });
});

describe('a token that is wrong is refused', () => {
  test.each([
    ['expired', { exp: tokenNow - 6 }, 'not-authorized'],
    ['not valid yet', { nbf: tokenNow + 6 }, 'not-authorized'],
    ['without an end', { exp: undefined }, 'not-authorized'],
    ['for somebody else', { aud: 'other' }, 'not-authorized'],
    ['for nobody', { aud: undefined }, 'not-authorized'],
    ['without a user', { sub: undefined }, 'not-authorized'],
    ['with a user that is no text', { sub: 7 as unknown as string }, 'not-authorized'],
    ['with a user of two lines', { sub: 'a\nb' }, 'not-authorized'],
    ['with a user of 300 characters', { sub: 'a'.repeat(300) }, 'not-authorized'],
  ])('%s', async (_, claims, reason) => {
    const it = bySecret({ audience: ['gateway', 'gateway-2'] });
    expect(
      reasonOf(await asked(it, await token(secret, 'HS256', { aud: ['x', 'gateway'], ...claims }))),
    ).toBe(reason);
  });

  test.each([
    ['signed by nobody', forged({ alg: 'none' }, { sub: 'pump-1', exp: tokenNow + 60 }, '')],
    ['signed by nobody, spelled otherwise', forged({ alg: 'NoNe' }, { sub: 'pump-1', exp: tokenNow + 60 })],
    ['of an unknown algorithm', forged({ alg: 'HS1' }, { sub: 'pump-1' })],
    ['with a signature of something else', forged({ alg: 'HS256' }, { sub: 'pump-1', exp: tokenNow + 60 })],
    ['with a critical header nobody knows', forged({ alg: 'HS256', crit: ['x'], x: 1 }, { sub: 'pump-1' })],
    ['with a header that is no JSON', `eyJ${'x'.repeat(20)}.e30.AAAA`],
    ['with claims that are no JSON', forged({ alg: 'HS256' }, 'no json')],
    ['with claims that are a list', forged({ alg: 'HS256' }, '[]')],
    ['of one part', 'eyJhbGciOiJIUzI1NiJ9'],
    ['of five parts', `${forged({ alg: 'RSA-OAEP', enc: 'A128GCM' }, {})}.x.y`],
    ['with bytes that are no base64', 'eyJ\u0000\u00ff..'],
    ['nested deeply', forged({ alg: 'HS256' }, `${'['.repeat(2000)}${']'.repeat(2000)}`)],
  ])('%s', async (_, text) => {
    expect(reasonOf(await asked(bySecret(), text))).toBe('bad-credentials');
  });

  test('with the public key taken for a secret', async () => {
    const pem = pemOf(rsa);
    const head = forged({ alg: 'HS256' }, { sub: 'pump-1', exp: tokenNow + 60 })
      .split('.')
      .slice(0, 2)
      .join('.');
    const signature = createHmac('sha256', pem).update(head).digest('base64url');
    expect(reasonOf(await asked(authenticator(publicKeys(Buffer.from(pem))), `${head}.${signature}`))).toBe(
      'bad-credentials',
    );
  });

  test('with an algorithm that is not among those allowed', async () => {
    expect(reasonOf(await asked(bySecret({ algorithms: ['HS512'] }), await token(secret, 'HS256')))).toBe(
      'bad-credentials',
    );
  });

  test('of a size no token has, unread', async () => {
    const text = forged({ alg: 'HS256' }, { sub: 'x'.repeat(10 * 1024 * 1024) });
    expect(await asked(bySecret(), text)).toEqual({
      ...{ kind: 'refused', reason: 'bad-credentials', detail: 'a token longer than allowed' },
    });
  });

  test('and nothing of it is repeated', async () => {
    const text = await token(secret, 'HS256', { sub: 'pump-1', exp: tokenNow - 100, password: 'hunter2' });
    const verdict = await asked(bySecret(), text);
    expect(JSON.stringify(verdict)).not.toMatch(/hunter2|eyJ|pump-1/);
  });
});

describe('what is not its business is left to the next', () => {
  test.each([['a password'], [''], ['ey'], ['{"alg":"none"}'], ['x'.repeat(20_000)]])(
    '%s',
    async (password) => {
      expect(await asked(bySecret(), password)).toEqual({ kind: 'pass' });
    },
  );

  test('no password at all', async () => {
    expect(await bySecret().authenticate(shown({ user: 'ann' }))).toEqual({ kind: 'pass' });
  });

  test('a token of another issuer; one of its own that is wrong is not', async () => {
    const it = bySecret({ issuer: 'https://id.example.com' });
    expect(await asked(it, await token(secret, 'HS256', { iss: 'https://other.example.com' }))).toEqual({
      kind: 'pass',
    });
    expect(reasonOf(await asked(it, await token(secret, 'HS256', { iss: 'https://id.example.com' })))).toBe(
      'accepted',
    );
    expect(reasonOf(await asked(it, forged({ alg: 'none' }, { iss: 'https://id.example.com' })))).toBe(
      'bad-credentials',
    );
  });
});

test('without keys a device is told to come back, not that it is wrong', async () => {
  const source: KeySource = {
    ...fixed(secretKeys(secretBytes)),
    keys: () => Promise.reject(new Error('the issuer is away')),
  };
  expect(reasonOf(await asked(authenticator(source), await token(secret, 'HS256')))).toBe('auth-unavailable');
});
