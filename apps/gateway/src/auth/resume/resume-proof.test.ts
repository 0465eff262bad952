import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isProven, isUsableKey, makeChallenge, proofOf, sharedSecret } from './resume-proof.ts';

/** A private key of these 32 bytes (RFC 8410 section 7). */
const privateKeyOf = (hex: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), Buffer.from(hex, 'hex')]),
    format: 'der',
    type: 'pkcs8',
  });

test('the worked example of docs/protocol.md, with the keys of RFC 7748 section 6.1', () => {
  const device = privateKeyOf('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
  const deviceKey = Buffer.from('hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=', 'base64');
  const challenge = {
    privateKey: privateKeyOf('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
    publicKey: Buffer.from('3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=', 'base64'),
    nonce: Buffer.from(Array.from({ length: 32 }, (_, i) => i)),
  };
  const shared = sharedSecret(device, challenge.publicKey)!;
  expect(shared.toString('hex')).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  const claimed = { clientId: 'pump-1', epoch: 42, deviceKey };
  const proof = proofOf(shared, challenge, claimed);
  expect(proof.toString('base64')).toBe('8MhcmEOuXDeYkLqfCS6cu18lqYO2a5APnyuoGwr1q4o=');
  expect(isProven(proof, challenge, claimed)).toBe(true);
});

/** A device's pair of keys. */
function deviceKeys(): { privateKey: KeyObject; publicKey: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32) };
}

describe('a proof', () => {
  const device = deviceKeys();
  const claimed = { clientId: 'pump-1', epoch: 7, deviceKey: device.publicKey };
  const challenge = makeChallenge();
  const answer = proofOf(sharedSecret(device.privateKey, challenge.publicKey)!, challenge, claimed);

  test('is right for what it was asked', () => {
    expect(isProven(answer, challenge, claimed)).toBe(true);
  });

  test.each([
    ['another client id', { ...claimed, clientId: 'pump-2' }],
    ['another epoch', { ...claimed, epoch: 8 }],
    ['the key of another device', { ...claimed, deviceKey: deviceKeys().publicKey }],
  ])('is wrong for %s', (_what, other) => {
    expect(isProven(answer, challenge, other)).toBe(false);
  });

  test('is wrong for another challenge, even with the same keys', () => {
    expect(isProven(answer, makeChallenge(), claimed)).toBe(false);
    expect(isProven(answer, { ...challenge, nonce: Buffer.alloc(32) }, claimed)).toBe(false);
  });

  test('is wrong when a bit of it is, or its length', () => {
    const bent = Buffer.from(answer);
    bent[31]! ^= 1;
    for (const wrong of [
      bent,
      answer.subarray(0, 31),
      Buffer.concat([answer, Buffer.of(0)]),
      Buffer.alloc(0),
    ])
      expect(isProven(wrong, challenge, claimed)).toBe(false);
  });

  test('of somebody who only knows the public keys is wrong', () => {
    const stranger = deviceKeys();
    const shared = sharedSecret(stranger.privateKey, challenge.publicKey)!;
    expect(isProven(proofOf(shared, challenge, claimed), challenge, claimed)).toBe(false);
  });
});

test('a key that shares the same secret with everybody is none', () => {
  const one = Buffer.alloc(32);
  one[0] = 1;
  const ofOrderEight = Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex');
  for (const weak of [Buffer.alloc(32), one, ofOrderEight]) expect(isUsableKey(weak)).toBe(false);
  expect(isUsableKey(Buffer.alloc(31, 9))).toBe(false);
  expect(isUsableKey(deviceKeys().publicKey)).toBe(true);
  expect(isProven(Buffer.alloc(32), makeChallenge(), { clientId: 'a', epoch: 1, deviceKey: one })).toBe(
    false,
  );
});
