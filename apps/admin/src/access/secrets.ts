import { createHash, randomBytes, randomInt } from 'node:crypto';

/** Crockford's base 32, lower case: no `i`, `l`, `o`, `u`, so that a password can be read out and typed. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const groups = 4;
const groupLength = 5;

/** A password of 100 random bits for people: `k7m2q-9xw4t-3hz8n-5pv6c`. */
export function readablePassword(): string {
  const group = (): string =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return Array.from({ length: groups }, group).join('-');
}

/** 256 random bits, base64url: 43 characters. For cookies and API tokens. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Names something that is no secret. @returns 16 hexadecimal digits */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}

/**
 * What is stored of a `randomSecret`: its SHA-256, base64url. A slow hash protects what can be guessed; 256 random bits
 * cannot be, and this runs on every request.
 */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
