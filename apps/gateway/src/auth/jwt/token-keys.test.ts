import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { publicKeys, secretKeys } from './token-keys.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = ec.publicKey.export({ format: 'jwk' });
const pemOf = (key: { export: (options: { format: 'pem'; type: 'spki' }) => string | Buffer }): string =>
  key.export({ format: 'pem', type: 'spki' }).toString();
const bytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('a key is good for the algorithms of its kind alone', () => {
  expect(publicKeys(bytes(pemOf(ec.publicKey))).algorithms).toEqual(['ES256']);
  expect(publicKeys(bytes(jwk)).algorithms).toEqual(['ES256']);
  expect(secretKeys(Buffer.alloc(32)).algorithms).toEqual(['HS256', 'HS384', 'HS512']);
  expect(publicKeys(bytes({ keys: [jwk] })).algorithms).not.toContain('HS256');
});

test.each([
  ['a secret that is short', () => secretKeys(Buffer.from(`${'x'.repeat(31)}\n`)), /32 bytes/],
  [
    'a private key',
    () => publicKeys(bytes(ec.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())),
    /private key/,
  ],
  ['a private key as JWK', () => publicKeys(bytes(ec.privateKey.export({ format: 'jwk' }))), /no public key/],
  ['text', () => publicKeys(bytes('hunter2')), /no public key in PEM/],
  ['broken JSON', () => publicKeys(bytes('{"kty":')), /no JSON/],
  [
    'an RSA key of 1024 bits',
    () => publicKeys(bytes(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey))),
    /2048 bits/,
  ],
  [
    'a key for nothing but exchange',
    () => publicKeys(bytes(pemOf(generateKeyPairSync('x25519').publicKey))),
    /kind/,
  ],
  [
    'a set of published secrets',
    () => publicKeys(bytes({ keys: [{ kty: 'oct', k: 'AAAA' }] })),
    /without a public key/,
  ],
  ['an empty set', () => publicKeys(bytes({ keys: [] })), /without a public key/],
])('%s is refused in words', (_, parse, words) => {
  expect(parse).toThrow(words);
  expect(parse).not.toThrow(/hunter2/);
});
