import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { TokenAlgorithm } from '../../config/auth-words.ts';
import { publicAlgorithms, secretAlgorithms } from './algorithms.ts';

/** Keys that tokens are checked with, and the signatures they are good for. */
export interface TokenKeys {
  readonly find: JWTVerifyGetKey;
  readonly algorithms: readonly TokenAlgorithm[];
}

/** RFC 7518 section 3.2: a key is at least as long as the hash. */
const minSecretBytes = 32;
const minRsaBits = 2048;
const maxKeys = 100;
const curveAlgorithms: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** @throws Error when it is too short to be a secret */
export function secretKeys(bytes: Buffer): TokenKeys {
  const secret = withoutLineEnd(bytes);
  if (secret.length < minSecretBytes) throw new Error(`a secret needs ${minSecretBytes} bytes at least`);
  return only(createSecretKey(secret), secretAlgorithms);
}

/** A public key as PEM, JWK or JWK set. @throws Error in words that quote nothing of it */
export function publicKeys(bytes: Buffer): TokenKeys {
  const text = bytes.toString('utf8').trim();
  if (!text.startsWith('{')) return ofKey(pemKey(text));
  const json = jsonOf(text);
  return Array.isArray(json['keys']) ? keySet(json) : ofKey(jwkKey(json));
}

/** A JWK set (RFC 7517 section 5): its public keys; those of unknown kinds are left out. @throws Error when it has none */
export function keySet(json: Readonly<Record<string, unknown>>): TokenKeys {
  const keys = Array.isArray(json['keys']) ? (json['keys'] as unknown[]) : [];
  const usable = keys.slice(0, maxKeys).filter(isPublicJwk);
  if (usable.length === 0) throw new Error('it is a JWK set without a public key for signatures');
  return {
    find: createLocalJWKSet({ keys: usable } as unknown as JSONWebKeySet),
    algorithms: publicAlgorithms,
  };
}

export function jsonOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON'); // the parser's own words quote it
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('it is no JSON object');
  return value as Record<string, unknown>;
}

function ofKey(key: KeyObject): TokenKeys {
  return only(key, algorithmsOf(key));
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly TokenAlgorithm[] {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA'];
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss') {
    if ((asymmetricKeyDetails?.modulusLength ?? 0) < minRsaBits)
      throw new Error(`an RSA key needs ${minRsaBits} bits at least`);
    return publicAlgorithms.filter(
      (name) => name.startsWith('PS') || (asymmetricKeyType === 'rsa' && name.startsWith('RS')),
    );
  }
  const curve = curveAlgorithms[asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) throw new Error('it is a key of a kind no token is signed with');
  return [curve];
}

const only = (key: KeyObject, algorithms: readonly TokenAlgorithm[]): TokenKeys => ({
  find: () => Promise.resolve(key),
  algorithms,
});

function pemKey(text: string): KeyObject {
  if (text.includes('PRIVATE KEY'))
    throw new Error('it is a private key; the gateway needs the public one only');
  try {
    return createPublicKey(text);
  } catch {
    throw new Error('it is no public key in PEM');
  }
}

function jwkKey(json: Readonly<Record<string, unknown>>): KeyObject {
  if (!isPublicJwk(json)) throw new Error('it is no public key in JWK');
  try {
    return createPublicKey({ key: json as JsonWebKey, format: 'jwk' });
  } catch {
    throw new Error('it is no public key in JWK');
  }
}

/** A symmetric key that somebody published is no secret, and a private one has no place here. */
function isPublicJwk(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { kty, use, d } = value as Record<string, unknown>;
  return (
    (kty === 'RSA' || kty === 'EC' || kty === 'OKP') &&
    d === undefined &&
    (use === undefined || use === 'sig')
  );
}

function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}
